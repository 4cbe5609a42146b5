// Why a file could not be read, as an operator would say it; it never repeats the path or the file's content.

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read the file',
  EISDIR: 'it is a folder and not a file',
};

/** The reason for what readFile threw (open(2), read(2)). */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return reasons[code] ?? 'the file cannot be read';
}

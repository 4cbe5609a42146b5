// Finds a password in libpq's password file; it never says what stands in the file.
import type { Problem } from '../base/problem.ts';
import { whyUnreadable } from '../base/unreadable-file.ts';
import type { ConnectionSource, GivenPart } from './connection-inputs.ts';

/** Whom the password is for. */
export type Login = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
};

/**
 * Password of the first line `host:port:database:user:password` that fits, `*` fitting anything (manual, "The Password
 * File"). A file that others may read is ignored with a warning, as libpq does; a named file that is missing is a problem.
 */
export function passwordFrom(
  named: GivenPart,
  login: Login,
  source: Pick<ConnectionSource, 'readFile' | 'isOpenToOthers' | 'homeDirectory'>,
  problems: Problem[],
  warnings: string[],
): string | undefined {
  const path = named.value ?? `${source.homeDirectory}/.pgpass`;
  let text: string;
  try {
    text = source.readFile(path);
    if (source.isOpenToOthers(path)) {
      warnings.push(`The password file ${path} is ignored because others than its owner may read it.`);
      return undefined;
    }
  } catch (error) {
    if (named.value !== undefined)
      problems.push({ name: named.name, value: path, reason: whyUnreadable(error) });
    return undefined;
  }
  return passwordIn(text, login);
}

/** The password that a text in the format of the file holds for a login. */
function passwordIn(text: string, login: Login): string | undefined {
  const host = login.host.startsWith('/') ? 'localhost' : login.host;
  const wanted = [host, String(login.port), login.database, login.user];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#') || line === '') continue;
    const fields = fieldsOf(line);
    if (fields.length < 5) continue;
    if (wanted.every((value, index) => fields[index] === '*' || unescaped(fields[index]) === value))
      return unescaped(fields[4]);
  }
  return undefined;
}

// Colons and backslashes inside a field are escaped with a backslash.
function fieldsOf(line: string): string[] {
  return Array.from(line.matchAll(/((?:\\.|[^\\:])*)(?::|$)/g), (match) => match[1] ?? '');
}

function unescaped(field = ''): string {
  return field.replace(/\\(.)/g, '$1');
}

// Reads the analysts' tokens into digests; after this no token is kept, and no text here repeats one.
import { hash, timingSafeEqual } from 'node:crypto';
import type { TokenDigest } from '../base/principal.ts';
import type { Problem, Reading } from '../base/problem.ts';

/** `MCP_TOKENS`, and the text of `MCP_TOKENS_FILE` with its path. */
export type TokenSource = {
  readonly list?: string | undefined;
  readonly file?: { readonly path: string; readonly text: string } | undefined;
};

/** Fewest characters of a token: 16 of base64url are 96 bits. */
const minTokenLength = 16;

/** Form of an analyst's name, as in `Principal`. */
export const analystName = /^[A-Za-z0-9._@+-]{1,63}$/;

/** What is said of a name that is not of that form. */
export const nameRule = 'the name must be 1 to 63 letters, digits and . _ @ + -';

type Entry = { readonly where: string; readonly name: string; readonly secret: string };

const examplePair = 'sonia:pgam_S0mEtHiNgL0nGaNdRaNd0m';
const exampleLine = 'sonia sha256:<64 hexadecimal digits, as the command token prints them>';

/**
 * Digests of all tokens. A list holds `name:token` pairs between commas; a file holds `name sha256:<hex>` lines, where
 * `#` begins a comment. A plain `name:token` line of a file is taken with a warning.
 */
export function readTokens(source: TokenSource): Reading<readonly TokenDigest[]> {
  const problems: Problem[] = [];
  const warnings: string[] = [];
  const digests = new Map<string, { digest: TokenDigest; where: string }>();
  for (const entry of entriesOf(source, problems)) {
    const digest = digestOf(entry, problems);
    if (digest === undefined) continue;
    if (
      source.file !== undefined &&
      entry.where.startsWith(source.file.path) &&
      !entry.secret.startsWith('sha256:')
    )
      warnings.push(
        `The token of "${entry.name}" stands in plain text in ${entry.where}, so whoever reads the file can call as "${entry.name}"; keep the sha256 line instead.`,
      );
    addUnlessTaken(digests, digest, entry.where, problems);
  }
  const value = Array.from(digests.values(), ({ digest }) => digest);
  if (source.file !== undefined && value.length === 0 && problems.length === 0)
    problems.push({ name: source.file.path, reason: 'holds no token', example: exampleLine });
  return { value: problems.length > 0 || value.length === 0 ? undefined : value, problems, warnings };
}

/** SHA-256 of a token, 64 hexadecimal digits. A random token needs no slow hash: there is nothing to guess. */
export function digestToken(token: string): string {
  return hash('sha256', token);
}

/**
 * Finds whose token it is. Every digest is compared in constant time, without an early end; as hexadecimal digits, which
 * costs a third of a hash that is given as bytes.
 */
export function tokenFinder(tokens: readonly TokenDigest[]): (token: string) => TokenDigest | undefined {
  const known = tokens.map((token) => ({ token, digits: Buffer.from(token.sha256) }));
  return (given) => {
    const digits = Buffer.from(digestToken(given));
    let found: TokenDigest | undefined;
    for (const candidate of known) if (timingSafeEqual(candidate.digits, digits)) found = candidate.token;
    return found;
  };
}

function entriesOf({ list, file }: TokenSource, problems: Problem[]): Entry[] {
  const entries: Entry[] = [];
  for (const [index, pair] of (list ?? '').split(',').entries()) {
    if (pair.trim() === '') continue;
    addEntry(entries, pair.trim(), `MCP_TOKENS, entry ${index + 1}`, examplePair, problems);
  }
  for (const [index, line] of (file?.text ?? '').split(/\r?\n/).entries()) {
    const content = line.replace(/(^|\s)#.*$/, '').trim();
    if (content !== '') addEntry(entries, content, `${file?.path}:${index + 1}`, exampleLine, problems);
  }
  return entries;
}

function addEntry(entries: Entry[], text: string, where: string, example: string, problems: Problem[]): void {
  const match = /^([^:\s]+)(?:\s+|:)(\S+)$/.exec(text);
  const [, name, secret] = match ?? [];
  if (name === undefined || secret === undefined)
    problems.push({ name: where, value: '(hidden)', reason: 'must be a name and a token', example });
  else entries.push({ where, name, secret });
}

function digestOf({ where, name, secret }: Entry, problems: Problem[]): TokenDigest | undefined {
  const refuse = (reason: string, example = examplePair) => {
    problems.push({ name: where, value: '(hidden)', reason, example });
    return undefined;
  };
  if (!analystName.test(name)) return refuse(nameRule);
  if (secret.startsWith('sha256:')) {
    const sha256 = secret.slice('sha256:'.length).toLowerCase();
    return /^[0-9a-f]{64}$/.test(sha256)
      ? { name, sha256 }
      : refuse(`the digest of "${name}" is not 64 hexadecimal digits`, exampleLine);
  }
  // RFC 6750, section 2.1: what else could never be presented in a header.
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(secret))
    return refuse(`the token of "${name}" holds characters other than letters, digits and . _ ~ + / -`);
  if (secret.length < minTokenLength)
    return refuse(`the token of "${name}" is shorter than ${minTokenLength} characters`);
  return { name, sha256: digestToken(secret) };
}

function addUnlessTaken(
  digests: Map<string, { digest: TokenDigest; where: string }>,
  digest: TokenDigest,
  where: string,
  problems: Problem[],
): void {
  const sameName = Array.from(digests.values()).find((other) => other.digest.name === digest.name);
  const sameToken = digests.get(digest.sha256);
  if (sameToken !== undefined)
    problems.push({ name: where, reason: `the token is the same as in ${sameToken.where}` });
  else if (sameName !== undefined)
    problems.push({ name: where, reason: `the name "${digest.name}" stands in ${sameName.where} already` });
  else digests.set(digest.sha256, { digest, where });
}

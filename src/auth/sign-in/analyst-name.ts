// Makes the name under which an account appears in audit lines; it decides nothing about access.
import { hash } from 'node:crypto';

/** Longest name, as in `Principal`. */
const maxLength = 63;

/** Characters of the mark that tells apart two accounts of the same login. */
const markLength = 6;

/**
 * The names to try for an account, best first: its login in the characters that names may have, then the same with a mark
 * that depends on the subject alone, so that it never changes.
 */
export function analystNames(login: string, subject: string): readonly [plain: string, marked: string] {
  const plain = login
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9._@+-]+/g, '-');
  const mark = hash('sha256', subject, 'hex').slice(0, markLength);
  const named = plain.replaceAll('-', '') === '' ? 'analyst' : plain;
  const marked = `${named.slice(0, maxLength - markLength - 1)}-${mark}`;
  // What was cut could be what told two logins apart.
  return [named.length > maxLength ? marked : named, marked];
}

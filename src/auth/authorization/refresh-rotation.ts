// Refresh tokens are rotated: each use gives a successor, and the used one is worthless soon after. DESIGN: the successor
// is derived from its predecessor and a secret of the server, so that every use of one token gives the same successor,
// on whichever replica and however often. Claude refreshes from two addresses at once, answers get lost, processes are
// killed between two writes: all of them meet the same successor, and there is never a second line of tokens of which
// one could be a thief's. A token that comes again after its time is a thief's or its victim's: the grant ends for both.
import { createHmac } from 'node:crypto';

/** The refresh token that follows this one; nobody can derive it without the secret. */
export function successorOf(refreshToken: string, secret: string): string {
  return createHmac('sha256', Buffer.from(secret, 'base64url'))
    .update('successor of a refresh token\0')
    .update(refreshToken)
    .digest('base64url');
}

/** Whether a token that was used at that time (seconds) may still come again. */
export function isWithinGrace(usedAtSeconds: number, nowMs: number, graceSeconds: number): boolean {
  return nowMs / 1000 - usedAtSeconds <= graceSeconds;
}

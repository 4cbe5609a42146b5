// The scopes of access tokens; which call needs which is decided where tools are known.

/** Ask questions: every tool, except where another scope is named. Whoever is let in has it. */
export const readScope = 'analytics:read';

/** Have a statement run for the sake of its measurements (`explain` with `analyze`). */
export const analyzeScope = 'analytics:analyze';

/** Every scope that an access token can hold, in the order in which they are shown. */
export const resourceScopes: readonly string[] = [readScope, analyzeScope];

/**
 * The scopes that a request stands for (RFC 6749, section 3.3: a server may give others than were asked for, and says
 * which). Unknown ones are dropped; without any known one all are meant; `analytics:read` is always among them, because
 * nothing can be done without it.
 */
export function normalisedScopes(requested: string | undefined): readonly string[] {
  const asked = new Set((requested ?? '').split(' '));
  const known = resourceScopes.filter((scope) => asked.has(scope));
  if (known.length === 0) return resourceScopes;
  return known.includes(readScope) ? known : [readScope, ...known];
}

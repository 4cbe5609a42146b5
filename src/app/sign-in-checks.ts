// The doctor's look at sign-in: who is let in, and whether the identity provider is there and is the one that is meant.
import { toCodedError } from '../base/errors.ts';
import type { Configuration, SignInConfiguration } from '../config/configuration.ts';
import { type Finding, failedFinding } from './finding.ts';

/** Findings about sign-in; none where it is off. */
export async function* signInFindings({ signIn, http, auth }: Configuration): AsyncGenerator<Finding> {
  if (signIn === undefined) return;
  if (signIn.keys) yield keyFinding(auth.tokens.length);
  if (signIn.provider === undefined) return;
  yield* providerFindings(signIn, signIn.provider);
  yield allowedFinding(signIn.allowed);
  yield redirectFinding(http.publicUrl);
}

function keyFinding(analysts: number): Finding {
  const check = 'analyst keys';
  if (analysts > 0) return { check, state: 'ok', found: 'analysts may sign in with their keys' };
  const todo = 'Make a key with the command token, or take key out of MCP_SIGN_IN.';
  return { check, state: 'failed', found: 'nobody has a key to sign in with', todo };
}

async function* providerFindings(
  signIn: SignInConfiguration,
  { name, clientId, clientSecret }: NonNullable<SignInConfiguration['provider']>,
): AsyncGenerator<Finding> {
  const check = 'provider';
  const missing = [
    clientId === '' ? 'MCP_SIGN_IN_CLIENT_ID' : undefined,
    clientSecret === '' ? 'MCP_SIGN_IN_CLIENT_SECRET' : undefined,
  ].filter((option) => option !== undefined);
  if (missing.length > 0) {
    const found = `${missing.join(' and ')} missing`;
    yield { check, state: 'failed', found, todo: `Register this server at ${name}.` };
  }
  try {
    const { openProvider } = await import('./sign-in.ts');
    const provider = await openProvider(signIn);
    yield { check, state: 'ok', found: `${name}: ${(await provider?.check()) ?? ''}` };
  } catch (error) {
    const finding = failedFinding(check, toCodedError(error));
    const todo = 'Look at MCP_SIGN_IN_ISSUER, and whether this machine reaches it by https.';
    yield { ...finding, found: `${name}: ${finding.found}`, todo };
  }
}

function allowedFinding({ domains, groups, users }: SignInConfiguration['allowed']): Finding {
  const check = 'let in';
  const parts = [
    domains.length > 0 ? `domains ${domains.join(', ')}` : undefined,
    groups.length > 0 ? `groups ${groups.join(', ')}` : undefined,
    users.length > 0 ? `${users.length} named ${users.length === 1 ? 'user' : 'users'}` : undefined,
  ].filter((part) => part !== undefined);
  const found = parts.length > 0 ? parts.join('; ') : 'everybody whom the identity provider knows';
  return { check, state: 'ok', found };
}

function redirectFinding(publicUrl: string | undefined): Finding {
  const check = 'redirect URI';
  if (publicUrl === undefined)
    return {
      check,
      state: 'failed',
      found: 'MCP_PUBLIC_URL is missing',
      todo: 'Say how browsers reach this server.',
    };
  const found = `${new URL(publicUrl).origin}/oauth/callback; it must be registered at the provider exactly so`;
  return { check, state: 'ok', found };
}

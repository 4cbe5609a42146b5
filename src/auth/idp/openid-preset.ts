// What is special about one OpenID provider: where it is found, what it must be asked, how its claims are to be read.
import type { Configuration } from 'openid-client';
import { CodedError } from '../../base/errors.ts';
import { type Claims, isTrueClaim, listClaim, textClaim } from './claims.ts';
import type { Identity } from './identity-provider.ts';

/** Reaches a foreign host, as the global fetch does. */
export type Reach = (url: string, init?: RequestInit) => Promise<Response>;

/** What the operator says about the provider. */
export type ProviderSettings = {
  /** An https URL, or http on a loopback name; no slash at the end. */
  readonly issuer: string | undefined;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly groupsClaim?: string | undefined;
  /** True where somebody is let in by a group, so that not knowing the groups is a failure. */
  readonly needsGroups: boolean;
  /** Reaches the provider; the global fetch unless given. */
  readonly fetch?: Reach | undefined;
};

/** What reading an identity may need beside the claims. */
export type ClaimContext = {
  readonly settings: ProviderSettings;
  readonly metadata: ReturnType<Configuration['serverMetadata']>;
  readonly accessToken: string;
  readonly fetch: Reach;
};

/** One kind of OpenID provider. */
export type OpenIdPreset = {
  readonly name: string;
  /** For "Continue with …"; the host of the issuer where it is left out. */
  readonly label?: string;
  /** The issuer to discover, out of what the operator wrote. */
  readonly issuer: (given: string | undefined) => string;
  /** Scopes beside openid, profile and email; those in `ifSupported` only where the metadata name them. */
  readonly scopes: readonly string[];
  readonly scopesIfSupported: (settings: ProviderSettings) => readonly string[];
  /** Parameters of the authorization request beside the standard ones. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly clientAuthentication: 'post' | 'as the metadata say';
  /** Whether claims may be missing from the ID token though userinfo has them. */
  readonly userInfo: 'always' | 'where something is missing' | 'never';
  readonly identify: (claims: Claims, context: ClaimContext) => Identity | Promise<Identity>;
};

/** The identity that standard claims describe (OpenID Connect Core 1.0, section 5.1). */
export function standardIdentity(claims: Claims, { settings }: Pick<ClaimContext, 'settings'>): Identity {
  const email = textClaim(claims, 'email');
  const emailVerified = email !== undefined && isTrueClaim(claims, 'email_verified');
  const preferred = textClaim(claims, 'preferred_username');
  const own = textClaim(claims, 'sub') ?? '';
  return {
    subject: subjectOf(textClaim(claims, 'iss'), own),
    login: (emailVerified ? email : undefined) ?? preferred ?? email ?? own,
    email,
    emailVerified,
    groups: listClaim(claims, settings.groupsClaim ?? 'groups') ?? [],
  };
}

/** Issuer and subject in one text; without either of them nobody is known. */
export function subjectOf(issuer: string | undefined, own: string | undefined): string {
  if (issuer === undefined || own === undefined || own === '')
    throw new CodedError('SIGN_IN_PROVIDER_ANSWER', 'the identity provider does not say who signed in');
  return `${issuer}|${own}`;
}

/** The issuer as the operator wrote it. */
export function givenIssuer(given: string | undefined): string {
  if (given === undefined)
    throw new CodedError('CONFIG_INVALID', 'the identity provider has no issuer', {
      hint: 'Set MCP_SIGN_IN_ISSUER.',
    });
  return given;
}

// Who issues access tokens and who proves them, put together out of the configuration: our own authorization server with its
// pages where analysts sign in here, the proof of others' tokens where they sign in elsewhere. Loaded only where one of
// them is wanted.
import { createAuthorizationServer } from '../auth/authorization/authorization-server.ts';
import { externalVerifier, issuerRouter } from '../auth/authorization/external-tokens.ts';
import { resourceScopes } from '../auth/authorization/scopes.ts';
import { serverMetadata } from '../auth/authorization/server-metadata.ts';
import type { AuthorizationSettings } from '../auth/authorization/settings.ts';
import type { VerifyToken } from '../auth/authorization/verified-tokens.ts';
import type { Emit } from '../base/events.ts';
import type { TokenDigest } from '../base/principal.ts';
import type { Configuration, SignInConfiguration } from '../config/configuration.ts';
import { oauthErrorPage } from '../http/oauth-error-page.ts';
import { oauthRoutes } from '../http/oauth-routes.ts';
import { endpointUrl, type TokenIssue } from '../http/resource-metadata.ts';
import type { HttpOptions } from '../http/server.ts';
import { openProvider, openSignInParts, signInPages, signInPathOf } from './sign-in.ts';
import { openState } from './state.ts';

/** What the door gets, and what is closed with it. */
export type Authorization = {
  readonly routes: NonNullable<HttpOptions['routes']>;
  readonly issue: TokenIssue;
  readonly verify: VerifyToken;
  readonly close: () => Promise<void>;
};

/** What it is opened with. */
export type AuthorizationParts = {
  readonly configuration: Configuration;
  /** Static tokens as they stand now; they are the keys of analysts too. */
  readonly tokens: () => readonly TokenDigest[];
  readonly emit: Emit;
};

/** All of Claude's users come from a handful of addresses. */
const oauthRequestsPerMinute = 600;

/** Opens what the configuration wants. Throws CONFIG_INVALID where the state cannot keep what is promised. */
export async function openAuthorization(parts: AuthorizationParts): Promise<Authorization> {
  const { signIn, http, oauth } = parts.configuration;
  const publicUrl = http.publicUrl ?? '';
  const external = externalVerification(parts, endpointUrl(publicUrl));
  if (signIn === undefined) {
    const { issuers } = oauth;
    const scopes = [...new Set(issuers.map(({ scope }) => scope))];
    const issue = { issuers: issuers.map(({ issuer }) => issuer), scopes };
    return { routes: [], issue, verify: external, close: async () => undefined };
  }
  return ownServer(parts, signIn, publicUrl, external);
}

async function ownServer(
  parts: AuthorizationParts,
  signIn: SignInConfiguration,
  publicUrl: string,
  external: VerifyToken,
): Promise<Authorization> {
  const { configuration, tokens, emit } = parts;
  const { openRecords, deriveKeys, close } = await openState({ configuration, emit });
  const settings = settingsOf(configuration, publicUrl);
  const { issuer } = settings;
  const provider = await openProvider(signIn);
  const sources = { signIn, openRecords, tokens, emit };
  const people = openSignInParts({ ...sources, provider });
  const server = createAuthorizationServer({
    settings,
    openRecords,
    accounts: people.accounts,
    signInPath: signInPathOf,
    errorPage: (problem) => oauthErrorPage(new URL(issuer).host, problem),
    emit,
  });
  const requestsPerMinute = configuration.http.addressRateLimitPerMinute === 0 ? 0 : oauthRequestsPerMinute;
  const { clientsPerDay } = settings;
  const metadata = serverMetadata(issuer);
  const door = { issuer, metadata, answer: server.answer, requestsPerMinute, clientsPerDay };
  const { pending } = server;
  return {
    routes: [
      oauthRoutes(door, emit),
      signInPages(people, { ...sources, pending, publicOrigin: issuer, deriveKeys }),
    ],
    issue: {
      issuers: [issuer, ...configuration.oauth.issuers.map((one) => one.issuer)],
      scopes: resourceScopes,
    },
    verify:
      configuration.oauth.issuers.length === 0
        ? server.verify
        : issuerRouter(issuer, server.verify, external),
    close,
  };
}

function externalVerification({ configuration, tokens }: AuthorizationParts, resource: string): VerifyToken {
  const issuers = configuration.oauth.issuers.map((issuer) => ({
    ...issuer,
    audience: issuer.audience ?? resource,
  }));
  const isTaken = (name: string): boolean =>
    tokens().some((token) => token.name.toLowerCase() === name.toLowerCase());
  return externalVerifier({ issuers, isTaken });
}

function settingsOf({ oauth }: Configuration, publicUrl: string): AuthorizationSettings {
  return {
    issuer: new URL(publicUrl).origin,
    resource: endpointUrl(publicUrl),
    accessLifeSeconds: Math.round(oauth.accessLifeMs / 1000),
    refreshLifeSeconds: Math.round(oauth.refreshLifeMs / 1000),
    refreshGraceSeconds: oauth.refreshGraceMs / 1000,
    redirectUris: oauth.redirectUris,
    clientsPerDay: oauth.clientsPerDay,
    outageToleranceSeconds: oauth.outageToleranceMs / 1000,
  };
}

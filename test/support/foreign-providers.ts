// The documented quirks of each kind of identity provider, and what our side must make of its accounts.
import type { AllowList } from '../../src/auth/sign-in/allow-list.ts';
import { foreignGithub } from './foreign-github.ts';
import { type ForeignProvider, foreignProvider } from './foreign-openid.ts';

/** A person at a provider, and who that is to us. */
export type ForeignPerson = {
  readonly account: Readonly<Record<string, unknown>>;
  readonly identity: {
    readonly subject: string;
    readonly login: string;
    readonly email?: string;
    readonly emailVerified: boolean;
    readonly groups: readonly string[];
  };
};

/** One kind of provider, as the contract test runs it. */
export type ForeignKind = {
  readonly name: 'oidc' | 'entra' | 'google' | 'okta' | 'auth0' | 'keycloak' | 'github';
  readonly issuer: string | undefined;
  readonly groupsClaim?: string;
  readonly groups: AllowList['groups'];
  readonly make: () => ForeignProvider;
  readonly person: ForeignPerson;
};

const tenant = '72f988bf-86f1-41af-91ab-2d7cd011db47';
const namespaced = 'https://analytics.example.com/groups';

/** Every kind; the first lines of each say what is special. */
export const foreignKinds: readonly ForeignKind[] = [
  {
    name: 'oidc',
    issuer: 'https://idp.example.com',
    groups: ['analysts'],
    // Proves clients by client_secret_basic only, has the groups at userinfo, rotates refresh tokens.
    make: () =>
      foreignProvider({
        issuer: 'https://idp.example.com',
        scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
        clientAuthentication: 'basic',
        metadata: {
          token_endpoint_auth_methods_supported: ['client_secret_basic'],
          authorization_response_iss_parameter_supported: true,
        },
        rotates: true,
        // A provider that keeps to the letter gives a lasting token only where consent was asked for.
        givesRefreshToken: (query) => query.get('prompt')?.includes('consent') === true,
        idToken: ({ sub, email }) => ({ sub, email, email_verified: true }),
        userInfo: ({ sub, groups }) => ({ sub, groups }),
      }),
    person: {
      account: { sub: 'a1', email: 'ann@example.com', groups: ['analysts'] },
      identity: {
        subject: 'https://idp.example.com|a1',
        login: 'ann@example.com',
        email: 'ann@example.com',
        emailVerified: true,
        groups: ['analysts'],
      },
    },
  },
  {
    name: 'entra',
    issuer: `https://login.microsoftonline.com/${tenant}`,
    groups: ['g-1'],
    // No email_verified ever, sub differs per application, no offline_access among the scopes of the metadata.
    make: () =>
      foreignProvider({
        issuer: `https://login.microsoftonline.com/${tenant}/v2.0`,
        scopes: ['openid', 'profile', 'email', 'offline_access'],
        rotates: false,
        metadata: { msgraph_host: 'graph.microsoft.com' },
        idToken: (account) => ({ sub: 'pairwise-of-this-application', ver: '2.0', ...account }),
      }),
    person: {
      account: { tid: tenant, oid: 'o-1', preferred_username: 'ann@contoso.com', groups: ['g-1'] },
      identity: {
        subject: `https://login.microsoftonline.com/${tenant}/v2.0|o-1`,
        login: 'ann@contoso.com',
        email: 'ann@contoso.com',
        emailVerified: true,
        groups: ['g-1'],
      },
    },
  },
  {
    name: 'google',
    issuer: undefined,
    groups: [],
    // Refuses offline_access, gives a refresh token only for access_type=offline with prompt=consent.
    make: () =>
      foreignProvider({
        issuer: 'https://accounts.google.com',
        scopes: ['openid', 'email', 'profile'],
        givesRefreshToken: (query) => {
          if (query.get('scope')?.includes('offline_access') === true) throw new Error('invalid_scope');
          return query.get('access_type') === 'offline' && query.get('prompt')?.includes('consent') === true;
        },
        idToken: (account) => account,
        userInfo: ({ sub }) => ({ sub }),
      }),
    person: {
      account: { sub: '1078', email: 'ann@example.com', email_verified: true, hd: 'example.com' },
      identity: {
        subject: 'https://accounts.google.com|1078',
        login: 'ann@example.com',
        email: 'ann@example.com',
        emailVerified: true,
        groups: [],
      },
    },
  },
  {
    name: 'okta',
    issuer: 'https://corp.okta.com',
    groups: ['Everyone'],
    // The ID token is thin: everything but the subject is at userinfo.
    make: () =>
      foreignProvider({
        issuer: 'https://corp.okta.com',
        scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
        rotates: true,
        clientAuthentication: 'basic',
        idToken: ({ sub }) => ({ sub }),
        userInfo: (account) => account,
      }),
    person: {
      account: { sub: '00u1', email: 'ann@example.com', email_verified: true, groups: ['Everyone'] },
      identity: {
        subject: 'https://corp.okta.com|00u1',
        login: 'ann@example.com',
        email: 'ann@example.com',
        emailVerified: true,
        groups: ['Everyone'],
      },
    },
  },
  {
    name: 'auth0',
    issuer: 'https://corp.eu.auth0.com',
    groupsClaim: namespaced,
    groups: ['analysts'],
    // The issuer ends in a slash everywhere, and claims of one's own carry a namespace.
    make: () =>
      foreignProvider({
        issuer: 'https://corp.eu.auth0.com/',
        scopes: ['openid', 'profile', 'email', 'offline_access'],
        rotates: true,
        idToken: (account) => account,
        userInfo: ({ sub }) => ({ sub }),
      }),
    person: {
      account: {
        sub: 'auth0|64',
        email: 'ann@example.com',
        email_verified: true,
        [namespaced]: ['analysts'],
      },
      identity: {
        subject: 'https://corp.eu.auth0.com/|auth0|64',
        login: 'ann@example.com',
        email: 'ann@example.com',
        emailVerified: true,
        groups: ['analysts'],
      },
    },
  },
  {
    name: 'keycloak',
    issuer: 'https://sso.example.com/realms/corp',
    groups: ['data/analysts'],
    // Groups as paths, roles of the realm and of the client in claims of their own.
    make: () =>
      foreignProvider({
        issuer: 'https://sso.example.com/realms/corp',
        scopes: ['openid', 'profile', 'email', 'roles', 'offline_access'],
        metadata: { token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'] },
        clientAuthentication: 'basic',
        rotates: true,
        idToken: (account) => account,
        userInfo: ({ sub }) => ({ sub }),
      }),
    person: {
      account: {
        sub: 'f-81',
        preferred_username: 'ann',
        email: 'ann@example.com',
        email_verified: false,
        groups: ['/data/analysts'],
        realm_access: { roles: ['reader'] },
        resource_access: { 'client-4711': { roles: ['user'] }, other: { roles: ['admin'] } },
      },
      identity: {
        subject: 'https://sso.example.com/realms/corp|f-81',
        login: 'ann',
        email: 'ann@example.com',
        emailVerified: false,
        groups: ['/data/analysts', 'data/analysts', 'reader', 'user'],
      },
    },
  },
  {
    name: 'github',
    issuer: undefined,
    groups: ['corp/data'],
    // Its accounts have a shape of their own.
    make: () => foreignGithub() as unknown as ForeignProvider,
    person: {
      account: {
        id: 583231,
        login: 'ann',
        emails: [
          { email: 'old@example.com', primary: false, verified: true },
          { email: 'ann@example.com', primary: true, verified: true },
        ],
        orgs: ['corp'],
        teams: [{ org: 'corp', slug: 'data' }],
      },
      identity: {
        subject: 'https://github.com|583231',
        login: 'ann',
        email: 'ann@example.com',
        emailVerified: true,
        groups: ['corp', 'corp/data'],
      },
    },
  },
];

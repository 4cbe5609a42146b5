// Microsoft Entra ID: one issuer per tenant, a subject that differs per application, addresses that nobody has verified, and
// groups that leave the token when they are too many.
import { CodedError } from '../../base/errors.ts';
import { type Claims, isAddress, isTrueClaim, listClaim, textClaim } from './claims.ts';
import type { Identity } from './identity-provider.ts';
import { type ClaimContext, givenIssuer, type OpenIdPreset, subjectOf } from './openid-preset.ts';
import { unavailable } from './provider-failure.ts';

const graphTimeoutMs = 5_000;

/** `MCP_SIGN_IN=entra` */
export const entra: OpenIdPreset = {
  name: 'entra',
  label: 'Microsoft',
  issuer: (given) => `${givenIssuer(given).replace(/\/v2\.0$/, '')}/v2.0`,
  // With User.Read the access token is one for Microsoft Graph, which knows the groups where the token does not.
  scopes: ['offline_access', 'User.Read'],
  scopesIfSupported: () => [],
  parameters: {},
  clientAuthentication: 'post',
  userInfo: 'never',
  identify: async (claims, context): Promise<Identity> => {
    const oid = textClaim(claims, 'oid');
    const preferred = textClaim(claims, 'preferred_username');
    const { email, emailVerified } = addressOf(claims, context);
    return {
      // sub is another one for every application; oid and the tenant (in the issuer) stay. An account without a tenant's
      // object, such as a private one, has only sub.
      subject: subjectOf(textClaim(claims, 'iss'), oid ?? textClaim(claims, 'sub')),
      login: preferred ?? email ?? oid ?? '',
      email,
      emailVerified,
      groups: await groupsOf(claims, context),
    };
  },
};

/**
 * The claim email may hold whatever an administrator of any tenant typed, so it counts only with xms_edov, by which Entra
 * says that the owner of the domain is verified. The login of a member of the one tenant that is asked counts too: its
 * domain is one that the tenant has verified. A guest, whom another tenant signed in (idp), has an address of elsewhere.
 */
function addressOf(claims: Claims, { settings }: ClaimContext): Pick<Identity, 'email' | 'emailVerified'> {
  const email = textClaim(claims, 'email');
  if (email !== undefined && isTrueClaim(claims, 'xms_edov')) return { email, emailVerified: true };
  const preferred = textClaim(claims, 'preferred_username');
  const login = isAddress(preferred) ? preferred : undefined;
  const isOneTenant = !/\/(common|organizations|consumers)(\/|$)/i.test(settings.issuer ?? '');
  const idp = textClaim(claims, 'idp');
  const isGuest = idp !== undefined && idp !== textClaim(claims, 'iss');
  return { email: login ?? email, emailVerified: login !== undefined && isOneTenant && !isGuest };
}

async function groupsOf(claims: Claims, context: ClaimContext): Promise<readonly string[]> {
  const { settings } = context;
  const name = settings.groupsClaim ?? 'groups';
  const groups = listClaim(claims, name);
  if (groups !== undefined || name !== 'groups' || !settings.needsGroups) return groups ?? [];
  // Over 200 groups the token only says where they are; the address it names is of an interface that is gone.
  const elsewhere = claims['_claim_names'];
  const isTooMany =
    isTrueClaim(claims, 'hasgroups') ||
    (typeof elsewhere === 'object' && elsewhere !== null && 'groups' in elsewhere);
  return isTooMany ? groupsFromGraph(context) : [];
}

/** Ids of all groups of the person, nested ones included (Microsoft Graph, "directoryObject: getMemberGroups"). */
async function groupsFromGraph({ metadata, accessToken, fetch }: ClaimContext): Promise<readonly string[]> {
  const host = metadata['msgraph_host'];
  const graph = typeof host === 'string' ? host : 'graph.microsoft.com';
  const response = await fetch(`https://${graph}/v1.0/me/getMemberGroups`, {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ securityEnabledOnly: false }),
    redirect: 'error',
    signal: AbortSignal.timeout(graphTimeoutMs),
  });
  if (response.ok) return listClaim((await response.json()) as Claims, 'value') ?? [];
  await response.body?.cancel();
  const logDetail = `Microsoft Graph answered ${response.status} when asked for the groups`;
  if (response.status !== 401 && response.status !== 403) throw unavailable(logDetail);
  throw new CodedError('SIGN_IN_PROVIDER_ANSWER', 'the groups of the account could not be read', {
    logDetail: `${logDetail}: the account is in too many groups for its token; give the application the delegated permission GroupMember.Read.All with admin consent, or let it send only the groups assigned to it`,
  });
}

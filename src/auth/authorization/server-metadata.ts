// What clients learn of the authorization server before they talk to it (RFC 8414); it can be told while the state is down.
import { resourceScopes } from './scopes.ts';
import { authorizationPaths } from './settings.ts';

/** How clients may prove themselves: most are public and have nothing to prove it with. */
export const clientAuthMethods = ['none', 'client_secret_post', 'client_secret_basic'] as const;

/** The only algorithm that anything is signed with. */
export const signingAlgorithm = 'ES256';

/**
 * Authorization server metadata. They are served under the name of OpenID Connect Discovery too, for clients that look
 * only there; no ID token is ever issued, so the members that such clients insist on describe what would be.
 */
export function serverMetadata(issuer: string): Readonly<Record<string, unknown>> {
  return {
    issuer,
    authorization_endpoint: `${issuer}${authorizationPaths.authorization}`,
    token_endpoint: `${issuer}${authorizationPaths.token}`,
    registration_endpoint: `${issuer}${authorizationPaths.registration}`,
    revocation_endpoint: `${issuer}${authorizationPaths.revocation}`,
    jwks_uri: `${issuer}${authorizationPaths.jwks}`,
    scopes_supported: [...resourceScopes, 'offline_access'],
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_methods_supported: clientAuthMethods,
    revocation_endpoint_auth_methods_supported: clientAuthMethods,
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: true,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [signingAlgorithm],
  };
}

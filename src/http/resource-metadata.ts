// Tells clients what this protected resource is, how a token is sent, and who issues one (RFC 9728); it issues none itself.
import type { FastifyInstance } from 'fastify';
import { preflight } from './oauth-routes.ts';

const wellKnown = '/.well-known/oauth-protected-resource';

/** Who issues access tokens, and what they may hold; both are absent where analysts get their tokens from the operator. */
export type TokenIssue = { readonly issuers: readonly string[]; readonly scopes: readonly string[] };

/** Where clients reach MCP: below the path of the public URL, unless that names the endpoint itself. */
export function endpointUrl(publicUrl: string): string {
  const base = publicUrl.replace(/\/+$/, '');
  return base.endsWith('/mcp') ? base : `${base}/mcp`;
}

/** Where the metadata of a resource are: the well-known part stands between host and path (RFC 9728, section 3.1). */
export function resourceMetadataUrl(resourceUrl: string): string {
  const { origin, pathname } = new URL(resourceUrl);
  return `${origin}${wellKnown}${pathname}`;
}

/** Serves the metadata, with and without the path, since clients ask for both. */
export function registerResourceMetadata(
  app: FastifyInstance,
  resourceUrl: string,
  issue?: TokenIssue,
): void {
  const metadata = {
    resource: resourceUrl,
    resource_name: 'pg-analytics-mcp',
    bearer_methods_supported: ['header'],
    ...(issue !== undefined && { authorization_servers: issue.issuers, scopes_supported: issue.scopes }),
  };
  const open = { config: { anyOrigin: true } };
  for (const url of [wellKnown, `${wellKnown}${new URL(resourceUrl).pathname}`]) {
    app.get(url, open, (_request, reply) => reply.header('cache-control', 'max-age=3600').send(metadata));
    app.options(url, open, preflight);
  }
}

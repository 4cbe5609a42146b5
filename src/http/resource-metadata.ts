// Tells clients what this protected resource is and how a token is sent (RFC 9728); it issues no token and names no
// authorization server, because analysts get their tokens from the operator.
import type { FastifyInstance } from 'fastify';

const wellKnown = '/.well-known/oauth-protected-resource';

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
export function registerResourceMetadata(app: FastifyInstance, resourceUrl: string): void {
  const metadata = {
    resource: resourceUrl,
    resource_name: 'pg-analytics-mcp',
    bearer_methods_supported: ['header'],
  };
  for (const url of [wellKnown, `${wellKnown}${new URL(resourceUrl).pathname}`]) {
    app.get(url, (_request, reply) => reply.header('cache-control', 'max-age=3600').send(metadata));
  }
}

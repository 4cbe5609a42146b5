// resources/list, resources/templates/list and resources/read over our records; what a text says is not its business.
import { ResourceNotFoundError, type Server, UriTemplate } from '@modelcontextprotocol/server';
import type { ListedResource, Resource, ResourceTemplate } from '../tools/resource.ts';
import type { CallContext } from '../tools/tool.ts';
import { guarded, guardedRead, invalidParams } from './sdk-errors.ts';
import type { McpSurface } from './surface.ts';

/** Makes the context of one of our handlers from the SDK's. */
export type Begin = (context: { readonly mcpReq: { readonly signal: AbortSignal } }) => CallContext;

/** Registers the resource methods on a server of the SDK. */
export function serveResources(server: Server, surface: McpSurface, begin: Begin): void {
  const templates = surface.resourceTemplates.map((template) => ({
    template,
    pattern: new UriTemplate(template.uriTemplate),
  }));
  server.setRequestHandler('resources/list', async ({ params }, sdkContext) => {
    refuseCursor(params?.cursor);
    const context = begin(sdkContext);
    const members = await guarded(context, () => listMembers(surface.resourceTemplates, context));
    return { resources: [...surface.resources.map(listResource), ...members] };
  });
  server.setRequestHandler('resources/templates/list', ({ params }) => {
    refuseCursor(params?.cursor);
    return { resourceTemplates: surface.resourceTemplates.map(listTemplate) };
  });
  server.setRequestHandler('resources/read', async ({ params: { uri } }, sdkContext) => {
    const context = begin(sdkContext);
    const fixed = surface.resources.find((resource) => resource.uri === uri);
    if (fixed !== undefined) return await guardedRead(uri, context, () => readFixed(fixed, context));
    for (const { template, pattern } of templates) {
      const variables = matchUri(pattern, uri);
      if (variables === undefined) continue;
      return await guardedRead(uri, context, () => readMember(template, uri, variables, context));
    }
    throw new ResourceNotFoundError(uri);
  });
}

/** Every list is one page, so a cursor can only be somebody else's. */
export function refuseCursor(cursor: string | undefined): void {
  if (cursor !== undefined) throw invalidParams('unknown cursor; the list has one page');
}

/** The variables of a URI under a template, percent-decoded, or undefined where it does not fit. */
function matchUri(pattern: UriTemplate, uri: string): Record<string, string> | undefined {
  if (uri.length > 4096) return undefined;
  const found = pattern.match(uri);
  if (found === null) return undefined;
  try {
    return Object.fromEntries(
      Object.entries(found).map(([name, value]) => [name, decodeURIComponent(String(value))]),
    );
  } catch {
    return undefined; // a stray percent sign: no URI of ours (RFC 3986, 2.1)
  }
}

async function listMembers(
  templates: readonly ResourceTemplate[],
  context: CallContext,
): Promise<ListedResource[]> {
  const lists = await Promise.all(templates.map((template) => template.list?.(context) ?? []));
  return lists.flat();
}

async function readFixed({ uri, mimeType, read }: Resource, context: CallContext) {
  return { contents: [{ uri, mimeType, text: await read(context) }] };
}

async function readMember(
  { mimeType, read }: ResourceTemplate,
  uri: string,
  variables: Record<string, string>,
  context: CallContext,
) {
  return { contents: [{ uri, mimeType, text: await read(uri, variables, context) }] };
}

function listResource({ uri, name, title, description, mimeType }: Resource) {
  return { uri, name, title, description, mimeType };
}

function listTemplate({ uriTemplate, name, title, description, mimeType }: ResourceTemplate) {
  return { uriTemplate, name, title, description, mimeType };
}

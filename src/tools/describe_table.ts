// describe_table: everything about one relation that helps to write SQL on it; it reads the catalog, never the rows.
import { z } from 'zod';
import { CodedError } from '../base/errors.ts';
import type { RelationDetail } from '../catalog/relation-detail.ts';
import { type FoundRelation, findRelation, type SchemaAccess } from './find-relation.ts';
import { type PageContent, type PageDetail, pageFacts, pageText } from './relation-page.ts';
import { defineTool, readOnlyAnnotations, type Tool } from './tool.ts';

const input = z.strictObject({
  table: z.string().trim().min(1).max(300).describe('schema.table, or a bare name'),
  detail: z.enum(['summary', 'full']).default('summary').describe('full: up to 400 columns, view query'),
});

const output = z.object({
  schema: z.string(),
  name: z.string(),
  kind: z.string(),
  columns: z.array(z.looseObject({ name: z.string(), type: z.string() })),
  joins_out: z.array(z.string()).optional(),
  joins_in: z.array(z.string()).optional(),
  notes: z.array(z.string()).optional(),
});

/** Makes the tool. */
export function describeTable(access: SchemaAccess): Tool {
  return defineTool({
    name: 'describe_table',
    title: 'Describe a table',
    description:
      'One table or view: columns with types and comments, keys, ready-to-use joins, constraints, indexes, estimated ' +
      'rows. Call it before you write SQL on a table you do not know.',
    input,
    output: z.looseObject(output.shape),
    annotations: readOnlyAnnotations,
    run: async ({ table, detail }, context) => {
      const content = await describeRelation(access, table, detail, context.signal);
      return { structured: pageFacts(content, detail), text: pageText(content, detail) };
    },
  });
}

/** Finds the relation and reads its details; details that cannot be read are left out with the reason. */
export async function describeRelation(
  access: SchemaAccess,
  table: string,
  level: PageDetail,
  signal: AbortSignal,
): Promise<PageContent> {
  const found = await findRelation(access, table, signal);
  return { ...found, detail: await detailOrReason(access, found, level, signal) };
}

async function detailOrReason(
  access: SchemaAccess,
  found: FoundRelation,
  level: PageDetail,
  signal: AbortSignal,
): Promise<RelationDetail | string> {
  try {
    return await access.reader.detail(
      found.catalog,
      found.relation,
      { definition: level === 'full' },
      signal,
    );
  } catch (error) {
    // The snapshot still answers what matters most, for example while the table is locked or the database is down.
    if (error instanceof CodedError && error.code !== 'CANCELLED') return `${error.code}: ${error.message}`;
    throw error;
  }
}

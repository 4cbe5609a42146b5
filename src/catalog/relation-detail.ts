// Reads what only the page of one relation needs: defaults, labels, constraints, indexes, partitions, a view's query.
// It looks at the catalog alone and leaves out a view's query where that reads something the role may not see.
import { CodedError } from '../base/errors.ts';
import type { ReadRows } from '../pg/read-rows.ts';
import type { Relation, SchemaCatalog } from './relation.ts';
import type { Statements } from './statements.ts';

/** What is known of a column beside name, type and comment. Expressions are SQL as Postgres prints it. */
export type ColumnDetail = {
  readonly default?: string;
  readonly generated?: string;
  readonly identity?: 'always' | 'by default';
  /** Labels of an enum, of the elements of an array, or below a domain, in their order. */
  readonly labels?: readonly string[];
  /** Base type and checks of a domain. */
  readonly domain?: string;
};

/** One index, without the primary key's and those of constraints. */
export type IndexDetail = { readonly name: string; readonly unique: boolean; readonly definition: string };

/** One direct partition with its bounds, for example `FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')`. */
type PartitionDetail = { readonly name: string; readonly bounds: string };

/** The rest of a relation's description. */
export type RelationDetail = {
  readonly columns: ReadonlyMap<string, ColumnDetail>;
  /** CHECK, UNIQUE and EXCLUDE constraints as Postgres prints them. */
  readonly constraints: readonly string[];
  readonly indexes: readonly IndexDetail[];
  readonly partitionKey: string | undefined;
  /** How many direct partitions there are, and the first and last three of them by name. */
  readonly directPartitions: number;
  readonly partitions: readonly PartitionDetail[];
  /** Day of the last ANALYZE in UTC, which the estimates stem from. */
  readonly analyzedOn: string | undefined;
  /** The query of a view where it was asked for and may be shown. */
  readonly definition: string | undefined;
  /** True for a view whose query reads something the role may not see. */
  readonly definitionHidden: boolean;
};

/** Reads details from the database; each method throws what the read throws. */
export type RelationReader = {
  readonly detail: (
    catalog: SchemaCatalog,
    relation: Relation,
    wanted: { readonly definition: boolean },
    signal?: AbortSignal,
  ) => Promise<RelationDetail>;
  /** Oids of the partitioned tables that have a partition of this name. */
  readonly rootsOfPartition: (
    schema: string | undefined,
    name: string,
    signal?: AbortSignal,
  ) => Promise<readonly string[]>;
};

/** Oids below are the system's own relations (manual, 19.2.4: FirstNormalObjectId). */
const firstUserOid = 16_384;

type Part = { readonly name: string; readonly text: string; readonly more: string | null };
type Parts = (part: string) => readonly Part[];

/** Makes the reader; it keeps nothing between two calls. */
export function createRelationReader(read: ReadRows, statements: Statements): RelationReader {
  return {
    detail: async (catalog, relation, wanted, signal) => {
      const rows = await read(await statements('relation-detail'), [relation.oid], signal);
      const byPart = Map.groupBy(rows, (row) => row[0]);
      const parts: Parts = (part) =>
        (byPart.get(part) ?? []).map(([, name, text, more]) => ({
          name: name ?? '',
          text: text ?? '',
          more: more ?? null,
        }));
      const definitionHidden = !mayShowQuery(catalog, relation, parts);
      const definition =
        wanted.definition && isView(relation) && !definitionHidden
          ? (await read(await statements('view-definition'), [relation.oid], signal))[0]?.[0]
          : undefined;
      return { ...detailOf(parts), definition: definition ?? undefined, definitionHidden };
    },
    rootsOfPartition: async (schema, name, signal) => {
      try {
        const rows = await read(await statements('partition-root'), [schema ?? null, name], signal);
        return rows.flatMap(([oid]) => oid ?? []);
      } catch (error) {
        // No table bears a name with a character that the encoding of the database does not have.
        if (error instanceof CodedError && error.facts.sqlState === '22P05') return [];
        throw error;
      }
    },
  };
}

function isView(relation: Relation): boolean {
  return relation.kind === 'view' || relation.kind === 'materialized view';
}

function mayShowQuery(catalog: SchemaCatalog, relation: Relation, parts: Parts): boolean {
  if (!isView(relation)) return true;
  const whole = new Set(catalog.relations.filter((one) => one.whole).map((one) => one.oid));
  return relation.whole && parts('reads').every(({ text }) => whole.has(text) || Number(text) < firstUserOid);
}

function detailOf(parts: Parts): Omit<RelationDetail, 'definition' | 'definitionHidden'> {
  const partitions = parts('partition');
  return {
    columns: columnDetails(parts),
    constraints: parts('constraint').map(({ text }) => text),
    indexes: parts('index').map(({ name, text, more }) => ({
      name,
      unique: more === 'unique',
      definition: text.slice(text.indexOf(' USING ') + ' USING '.length),
    })),
    partitionKey: parts('partition_key')[0]?.text,
    directPartitions: Number(partitions[0]?.more ?? 0),
    partitions: partitions.map(({ name, text }) => ({ name, bounds: text })),
    analyzedOn: parts('analyzed')[0]?.text || undefined,
  };
}

function columnDetails(parts: Parts): ReadonlyMap<string, ColumnDetail> {
  const details = new Map<string, ColumnDetail>();
  const add = (name: string, detail: ColumnDetail): void => {
    details.set(name, { ...details.get(name), ...detail });
  };
  for (const { name, text, more } of parts('default')) {
    add(name, more === '' || more === null ? { default: text } : { generated: text });
  }
  for (const { name, more } of parts('identity')) {
    add(name, { identity: more === 'a' ? 'always' : 'by default' });
  }
  for (const { name, more } of parts('enum')) add(name, { labels: JSON.parse(more ?? '[]') });
  for (const { name, text, more } of parts('domain')) {
    add(name, { domain: more === null ? text : `${text} ${more}` });
  }
  return details;
}

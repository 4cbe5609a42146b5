// Finds what a column reference may mean among the items of FROM around it; every doubt is told, none is decided.
import type { Item, ItemReader } from './item-columns.ts';
import {
  type Column,
  type Columns,
  type NamedTable,
  type Star,
  type TypeSource,
  unknownType,
} from './output-columns.ts';
import type { RelationColumns } from './relation-columns.ts';
import type { Scope, Scopes } from './scope.ts';

/** All that a reference may mean; more than Postgres would see. */
export type Finding = {
  /** Where the types of the columns come from. */
  readonly sources: readonly TypeSource[];
  /** True where all that the alias may stand for is known to have the column. */
  readonly isSure: boolean;
  /** True where something may be meant of which nothing is known. */
  readonly isOpen: boolean;
};

/** Looks up `alias.name`, or `name` alone (alias undefined), from a place inside `scope` outwards. */
export type FindColumn = (scope: Scope | undefined, alias: string | undefined, name: string) => Finding;

/**
 * Items looked at for one statement. Beyond it nothing is known: what a statement costs must not grow with the product of
 * its columns and its tables. A report of a thousand lines takes some thousand looks.
 */
const maxLooks = 200_000;
/** Queries within each other that a `*` is followed through. */
const maxStars = 100;

const open: Finding = { sources: [], isSure: false, isOpen: true };
const absent: Finding = { sources: [], isSure: false, isOpen: false };

/** Columns of every table, which no catalog of columns lists (manual, 5.6 "System Columns"). */
const systemColumns: ReadonlySet<string> = new Set(['tableoid', 'ctid', 'xmin', 'xmax', 'cmin', 'cmax']);

/** The FROM of one SELECT, and what was looked up from inside it. */
type Level = {
  /** Size of its WITH list when it was read; when that has grown, it is read again. */
  readonly cteCount: number;
  readonly items: readonly Item[];
  readonly found: Map<string, Finding>;
  readonly budget: Budget;
};

type Budget = { looks: number };

/** Builds the look-up; what it has found is kept as long as the tree it was found in. */
export function createFindColumn(
  relations: RelationColumns,
  scopes: Scopes,
  itemsOf: ItemReader,
): FindColumn {
  return new ColumnFinder(relations, scopes, itemsOf).find;
}

/** Lives as long as a policy. */
class ColumnFinder {
  readonly #relations: RelationColumns;
  readonly #scopes: Scopes;
  readonly #itemsOf: ItemReader;
  readonly #levels = new WeakMap<Scope, Level>();
  readonly #budgets = new WeakMap<Scope, Budget>();
  readonly #findings = new WeakMap<Columns, Map<string, Finding>>();
  #stars = 0;

  constructor(relations: RelationColumns, scopes: Scopes, itemsOf: ItemReader) {
    this.#relations = relations;
    this.#scopes = scopes;
    this.#itemsOf = itemsOf;
  }

  readonly find: FindColumn = (scope, alias, name) => {
    if (scope === undefined) return absent;
    const { found, budget } = this.#levelOf(scope);
    const key = alias === undefined ? name : `${alias}\0${name}`;
    const known = found.get(key);
    if (known !== undefined) return known;
    const finding = this.#search(scope, alias, name, budget);
    found.set(key, finding);
    return finding;
  };

  #search(scope: Scope, alias: string | undefined, name: string, budget: Budget): Finding {
    const findings: Finding[] = [];
    for (let at: Scope | undefined = scope; at !== undefined; at = this.#scopes.outward(at)) {
      for (const item of this.#levelOf(at).items) {
        if (--budget.looks < 0) return open;
        // Where no column bears the name, it may mean the whole row of the item that does.
        const isRow = alias === undefined && item.name === name;
        const isMeant = alias === undefined ? !item.isOnlyName : (item.name ?? alias) === alias;
        if (!isMeant && !isRow) continue;
        const finding = this.#among(item.columns, name, budget);
        findings.push(isRow && !finding.isSure ? open : finding);
      }
    }
    return together(findings);
  }

  #levelOf(scope: Scope): Level {
    const known = this.#levels.get(scope);
    if (known !== undefined && known.cteCount === scope.ctes.size) return known;
    const budget = known?.budget ?? this.#budgetOf(scope);
    const items = this.#itemsOf(scope);
    budget.looks -= items.length;
    const level = { cteCount: scope.ctes.size, items, found: new Map<string, Finding>(), budget };
    this.#levels.set(scope, level);
    return level;
  }

  // One for all of a statement: its outermost SELECT holds it.
  #budgetOf(scope: Scope): Budget {
    let root = scope;
    while (root.parent !== undefined) root = root.parent;
    const budget = this.#budgets.get(root) ?? { looks: maxLooks };
    this.#budgets.set(root, budget);
    return budget;
  }

  #among(columns: Columns, name: string, budget: Budget): Finding {
    let findings = this.#findings.get(columns);
    if (findings === undefined) {
      findings = new Map(listedFindings(columns));
      this.#findings.set(columns, findings);
    }
    const known = findings.get(name);
    if (known !== undefined && !columns.isFirm()) return open;
    if (known?.isSure === true && columns.stars.length + columns.parts.length === 0) return known;
    const all = `\0${name}`;
    const before = findings.get(all);
    if (before !== undefined) return before;
    // Met again on its own way it is a loop, which Postgres refuses.
    findings.set(all, open);
    const finding = this.#beyondListed(columns, name, known, budget);
    findings.set(all, finding);
    return finding;
  }

  #beyondListed(columns: Columns, name: string, listed: Finding | undefined, budget: Budget): Finding {
    const findings = listed === undefined ? [] : [listed];
    const { relation } = columns;
    if (relation !== undefined) findings.push(this.#ofRelation(relation, name));
    for (const part of columns.parts) {
      if (--budget.looks < 0) return open;
      findings.push(this.#among(part, name, budget));
    }
    for (const star of columns.stars) findings.push(this.#ofStar(star, name, budget));
    const found = { ...together(findings), isSure: findings.some((finding) => finding.isSure) };
    const isOpen = found.isOpen || (!found.isSure && mayHaveOthers(columns));
    if (columns.isTyped) return { ...found, isOpen };
    return { ...found, isOpen, sources: found.sources.length === 0 ? [] : [unknownType] };
  }

  #ofRelation({ schema, name: relation, renamed = 0 }: NamedTable, name: string): Finding {
    const types = this.#relations.typesOf(schema, relation, name);
    if (types !== undefined && renamed > 0) {
      const place = this.#relations.placeOf(schema, relation, name);
      if (place === undefined) return open;
      if (place <= renamed) return absent;
    }
    if (types !== undefined) return { sources: [{ kind: 'types', types }], isSure: true, isOpen: false };
    const isOpen = systemColumns.has(name) || !this.#relations.isKnown(schema, relation);
    return isOpen ? open : absent;
  }

  #ofStar({ alias, scope }: Star, name: string, budget: Budget): Finding {
    if (this.#stars >= maxStars) return open;
    this.#stars++;
    try {
      return alias === undefined ? this.#inFrom(scope, name, budget) : this.find(scope, alias, name);
    } finally {
      this.#stars--;
    }
  }

  // A star alone stands for the items of its own FROM, without those that a join hides.
  #inFrom(scope: Scope, name: string, budget: Budget): Finding {
    const findings: Finding[] = [];
    for (const item of this.#levelOf(scope).items) {
      if (item.isHidden || item.isOnlyName) continue;
      if (--budget.looks < 0) return open;
      findings.push(this.#among(item.columns, name, budget));
    }
    return { ...together(findings), isSure: findings.some((finding) => finding.isSure) };
  }
}

function mayHaveOthers(columns: Columns): boolean {
  return columns.listed.some((column) => column.name === undefined) || !columns.isComplete();
}

function together(findings: readonly Finding[]): Finding {
  return {
    sources: findings.flatMap((finding) => finding.sources),
    isSure: findings.length > 0 && findings.every((finding) => finding.isSure),
    isOpen: findings.some((finding) => finding.isOpen),
  };
}

function* listedFindings({ listed }: Columns): Iterable<[string, Finding]> {
  const byName = new Map<string, Column[]>();
  for (const column of listed) {
    if (column.name === undefined) continue;
    const known = byName.get(column.name);
    if (known === undefined) byName.set(column.name, [column]);
    else known.push(column);
  }
  for (const [name, columns] of byName) {
    yield [name, { sources: columns.map((column) => column.source), isSure: true, isOpen: false }];
  }
}

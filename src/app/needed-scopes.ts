// Which scopes a call needs of an access token; here, because doors do not know tools, and tools do not know tokens.
import { analyzeScope, readScope } from '../auth/authorization/scopes.ts';

const readOnly: readonly string[] = [readScope];
const withAnalyze: readonly string[] = [readScope, analyzeScope];

/**
 * Scopes of a message, or of all messages of a batch: everything reads; `explain` with `analyze` measures, and so does a query
 * that says EXPLAIN ANALYZE itself.
 */
export function neededScopes(message: unknown): readonly string[] {
  if (Array.isArray(message)) return message.some(measures) ? withAnalyze : readOnly;
  return measures(message) ? withAnalyze : readOnly;
}

type Call = {
  readonly method?: unknown;
  readonly params?: {
    readonly name?: unknown;
    readonly arguments?: { readonly analyze?: unknown; readonly sql?: unknown } | null;
  } | null;
};

function measures(message: unknown): boolean {
  if (typeof message !== 'object' || message === null) return false;
  const { method, params } = message as Call;
  if (method !== 'tools/call') return false;
  if (params?.name === 'explain') return params.arguments?.analyze === true;
  return params?.name === 'query' && saysMeasure(params.arguments?.sql);
}

/**
 * Whether a statement may be an EXPLAIN that runs what it explains. The words count wherever they stand, since a scope asked
 * for in vain does no harm; the option may be written as an identifier, so with Unicode escapes too (PostgreSQL manual,
 * section 4.1.2.3).
 */
function saysMeasure(sql: unknown): boolean {
  return typeof sql === 'string' && /\bexplain\b/i.test(sql) && /\banaly[sz]e\b|u&"/i.test(sql);
}

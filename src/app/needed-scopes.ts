// Which scopes a call needs of an access token; here, because doors do not know tools, and tools do not know tokens.
import { analyzeScope, readScope } from '../auth/authorization/scopes.ts';

const readOnly: readonly string[] = [readScope];
const withAnalyze: readonly string[] = [readScope, analyzeScope];

/** Scopes of a message, or of all messages of a batch: everything reads, and `explain` with `analyze` measures. */
export function neededScopes(message: unknown): readonly string[] {
  if (Array.isArray(message)) return message.some(measures) ? withAnalyze : readOnly;
  return measures(message) ? withAnalyze : readOnly;
}

type Call = {
  readonly method?: unknown;
  readonly params?: {
    readonly name?: unknown;
    readonly arguments?: { readonly analyze?: unknown } | null;
  } | null;
};

function measures(message: unknown): boolean {
  if (typeof message !== 'object' || message === null) return false;
  const { method, params } = message as Call;
  return method === 'tools/call' && params?.name === 'explain' && params.arguments?.analyze === true;
}

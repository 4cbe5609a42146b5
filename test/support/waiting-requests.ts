// Authorization requests that wait for a person, as the sign-in pages see them, without an authorization server behind.
import { randomBytes } from 'node:crypto';
import type {
  PendingAuthorization,
  PendingAuthorizations,
} from '../../src/auth/authorization/pending-authorization.ts';
import type { Account } from '../../src/auth/sign-in/account.ts';

/** Pending authorizations that a test makes and whose ends it sees. */
export type WaitingRequests = PendingAuthorizations & {
  /** A new request; gives its id. */
  readonly ask: (changes?: Partial<PendingAuthorization>) => string;
  readonly answers: { readonly id: string; readonly account: Account | undefined }[];
  /** Milliseconds that an answer takes. */
  delayMs: number;
};

/** No requests yet. */
export function waitingRequests(): WaitingRequests {
  const open = new Map<string, PendingAuthorization>();
  const answers: { id: string; account: Account | undefined }[] = [];
  const end = async (id: string, account: Account | undefined, query: string): Promise<string> => {
    const request = open.get(id);
    if (request === undefined) throw new Error(`"${id}" is not open`);
    open.delete(id);
    answers.push({ id, account });
    await new Promise((resolve) => setTimeout(resolve, made.delayMs));
    return `${request.redirectUri}?${query}`;
  };
  const made: WaitingRequests = {
    answers,
    delayMs: 0,
    ask: (changes = {}) => {
      const id = randomBytes(24).toString('base64url');
      open.set(id, {
        id,
        client: { id: 'https://claude.ai/oauth/client', name: 'Claude', vouchedBy: 'document' },
        redirectUri: 'https://claude.ai/api/mcp/auth_callback',
        isLoopback: false,
        scopes: [],
        ...changes,
      });
      return id;
    },
    find: async (id) => open.get(id),
    allow: (id, account) => end(id, account, 'code=granted'),
    deny: (id) => end(id, undefined, 'error=access_denied'),
  };
  return made;
}

// The facts that the program can report; only observe/ decides what becomes a log line or a number.
import type { ErrorCode } from './error-catalogue.ts';

/** How one statement of an analyst ended. */
export type StatementOutcome = 'ok' | 'truncated' | 'refused' | 'failed' | 'cancelled';

/** One fact. Durations are milliseconds, sizes bytes. */
export type ProductEvent =
  | {
      readonly kind: 'statement';
      readonly principal: string;
      readonly tool: string;
      /** The statement's fingerprint: SHA-256 of its normalised form, 16 hexadecimal digits. */
      readonly fingerprint: string;
      /** The text itself: present only where the operator switched it on. */
      readonly sql?: string | undefined;
      readonly outcome: StatementOutcome;
      readonly code?: ErrorCode | undefined;
      readonly sqlState?: string | undefined;
      /** What the caller must not see of a failure, such as the words of a driver. */
      readonly logDetail?: string | undefined;
      readonly rows: number;
      readonly bytes: number;
      readonly durationMs: number;
      readonly queuedMs: number;
      readonly retried: boolean;
    }
  | {
      readonly kind: 'call';
      readonly principal: string;
      readonly tool: string;
      readonly failed: boolean;
      readonly durationMs: number;
    }
  | { readonly kind: 'request_refused'; readonly code: ErrorCode; readonly address: string }
  | {
      readonly kind: 'request';
      readonly method: string;
      readonly path: string;
      readonly status: number;
      readonly durationMs: number;
      readonly address: string;
    }
  | { readonly kind: 'protocol_error'; readonly message: string }
  | { readonly kind: 'pool'; readonly inUse: number; readonly waiting: number }
  | { readonly kind: 'connection_opened' }
  | { readonly kind: 'connection_discarded'; readonly reason: string }
  | { readonly kind: 'statement_retried'; readonly reason: string }
  | { readonly kind: 'statement_cancelled'; readonly reason: 'client' | 'limit' | 'shutdown' | 'deadline' }
  | { readonly kind: 'catalog_loaded'; readonly durationMs: number; readonly functions: number }
  | { readonly kind: 'catalog_failed'; readonly reason: string }
  | { readonly kind: 'schema_loaded'; readonly durationMs: number; readonly relations: number }
  | { readonly kind: 'schema_failed'; readonly reason: string }
  | { readonly kind: 'role_failed'; readonly reason: string }
  | { readonly kind: 'parser_restarted'; readonly reason: string }
  | {
      readonly kind: 'signed_in';
      readonly principal: string;
      /** As in MCP_SIGN_IN. */
      readonly provider: string;
      /** Id of the OAuth client that was allowed. */
      readonly client: string;
    }
  | {
      readonly kind: 'sign_in_refused';
      readonly provider: string;
      readonly client: string;
      readonly code: ErrorCode;
      readonly logDetail?: string | undefined;
    }
  | {
      readonly kind: 'account_ended';
      readonly principal: string;
      readonly provider: string;
      readonly reason: string;
    }
  | {
      readonly kind: 'account_unconfirmed';
      readonly principal: string;
      readonly provider: string;
      readonly code: ErrorCode;
      readonly logDetail?: string | undefined;
    }
  | { readonly kind: 'tokens_replaced'; readonly analysts: number }
  | { readonly kind: 'readiness'; readonly ready: boolean }
  | { readonly kind: 'warning'; readonly message: string }
  | { readonly kind: 'failure'; readonly message: string; readonly logDetail?: string | undefined }
  | { readonly kind: 'listening'; readonly url: string; readonly admin: boolean }
  | { readonly kind: 'stopping'; readonly signal: string }
  | { readonly kind: 'stopped'; readonly inFlight: number; readonly durationMs: number };

/** Takes a fact; never throws, never waits. */
export type Emit = (event: ProductEvent) => void;

// The words that a program and the keeper of its embedded Postgres say to each other; data only.
import type { ServerPlan, StopMode } from './server-process.ts';

/** What the program asks for; the keeper answers each with one reply of the same number. */
export type KeeperRequest =
  | { readonly kind: 'open'; readonly plan: ServerPlan }
  | { readonly kind: 'start' }
  | { readonly kind: 'halt'; readonly mode: StopMode }
  | { readonly kind: 'close'; readonly mode: StopMode };

export type NumberedRequest = { readonly number: number; readonly request: KeeperRequest };

/** Where the server is; `postmaster` is missing while it is halted. */
export type ServerFacts = {
  readonly directory: string;
  readonly port: number;
  readonly postmaster?: number | undefined;
};

export type KeeperReply = { readonly number: number } & (
  | { readonly facts: ServerFacts }
  | { readonly failure: string; readonly logDetail?: string | undefined }
);

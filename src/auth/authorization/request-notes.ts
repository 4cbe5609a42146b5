// What one request of the provider learns on its way and whoever ends it must know; it lives as long as the request.
import Provider from 'oidc-provider';
import type { CodedError } from '../../base/errors.ts';
import type { Held } from '../../store/records.ts';

/** Notes of one request. */
export type RequestNotes = {
  /** The first thing that went wrong on our side; the client must not be told that it is to blame. */
  fault?: CodedError | undefined;
  /** Records that were read, by `<model> <id>`, so that renewing them needs no second look. */
  readonly held: Map<string, Held<Readonly<Record<string, unknown>>>>;
};

/** The notes of the request that runs now; undefined outside of one. */
export function currentNotes(): RequestNotes | undefined {
  return Provider.ctx === undefined ? undefined : notesOf(Provider.ctx);
}

/** The notes of a request, by its Koa context. */
export function notesOf(context: { readonly state: { notes?: RequestNotes } }): RequestNotes {
  context.state.notes ??= { held: new Map() };
  return context.state.notes;
}

/** Runs the work, and notes the fault where it fails. */
export async function notingFaults<Value>(
  work: () => Promise<Value>,
  isFault: (error: unknown) => error is CodedError,
) {
  try {
    return await work();
  } catch (error) {
    const notes = currentNotes();
    if (notes !== undefined && isFault(error)) notes.fault ??= error;
    throw error;
  }
}

// Turns failures of our own into answers that blame no client: a state that is down ends no session (RFC 6749 has no code
// for it at the token endpoint; 503 with Retry-After is what clients wait on, and none of them throws its tokens away).
import type Provider from 'oidc-provider';
import { CodedError, toCodedError } from '../../base/errors.ts';
import type { Emit } from '../../base/events.ts';
import { notesOf } from './request-notes.ts';

/** A page for people, since authorization requests come from browsers. */
export type ErrorPage = (problem: {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}) => string;

/** Makes the provider answer faults as such, and reports what went wrong. */
export function answerFaults(provider: Provider, emit: Emit, page: ErrorPage): void {
  provider.on('server_error', (context, error) => {
    notesOf(context).fault ??= toCodedError(error);
  });
  // Koa's own reports go to standard error, with whatever stands in them.
  provider.on('error' as never, (error: unknown) => report(emit, toCodedError(error)));
  provider.use(async (context, next) => {
    await next();
    const { fault } = notesOf(context);
    if (fault === undefined || context.status < 400) return;
    report(emit, fault);
    const { httpStatus } = fault.entry;
    context.status = httpStatus >= 400 ? httpStatus : 500;
    if (httpStatus === 503 || httpStatus === 429)
      context.set('Retry-After', String(fault.facts.retryAfterSeconds ?? 1));
    if (context.accepts('json', 'html') === 'html') {
      context.type = 'html';
      context.body = page({
        code: fault.code,
        message: fault.message,
        hint: fault.facts.hint ?? fault.entry.solve,
      });
    } else {
      context.body = { error: errorName(context.status), error_description: fault.message };
    }
  });
}

function errorName(status: number): string {
  if (status === 429) return 'too_many_requests';
  return status === 503 ? 'temporarily_unavailable' : 'server_error';
}

function report(emit: Emit, error: CodedError): void {
  emit({ kind: 'failure', message: `${error.code}: ${error.message}`, logDetail: error.facts.logDetail });
}

/** Whether an error is a CodedError that names a fault on our side. */
export function isFault(error: unknown): error is CodedError {
  return error instanceof CodedError && error.entry.httpStatus >= 500;
}

// What is served beside MCP: liveness, readiness and the page for people. None of it names anything of the database.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CodedError } from '../base/errors.ts';
import type { Admission } from './admission.ts';
import { shuttingDown } from './refusal.ts';

/** Gives undefined where the server can do its work now, else what is missing. */
export type Readiness = (signal: AbortSignal) => Promise<CodedError | undefined>;

const pagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const deadlineMs = 3_000;
const freshMs = 1_000;

/** Registers `/healthz`, `/readyz` and `/`. */
export function registerPages(
  app: FastifyInstance,
  admission: Admission,
  { readiness, page }: { readonly readiness: Readiness; readonly page: () => string },
): void {
  const ready = shareCheck(readiness);
  const answerReady = async (_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const error = admission.isDraining() ? shuttingDown() : await ready();
    if (admission.isDraining()) reply.header('connection', 'close');
    // The catalogue's own words: whoever asks is not known, and the message could name a role or a limit.
    const said = error === undefined ? 'ready' : `not ready: ${error.code}: ${error.entry.means}`;
    return reply
      .code(error === undefined ? 200 : 503)
      .type('text/plain')
      .send(said);
  };
  app.route({
    method: ['GET', 'HEAD'],
    url: '/healthz',
    handler: (_request, reply) => reply.type('text/plain').send('ok'),
  });
  app.route({ method: ['GET', 'HEAD'], url: '/readyz', handler: answerReady });
  app.get('/', (_request, reply) =>
    reply.header('content-security-policy', pagePolicy).type('text/html; charset=utf-8').send(page()),
  );
}

/** Whether the request is one of those that pass without admission, so that any orchestrator may ask. */
export function isHealth({ url }: FastifyRequest): boolean {
  return url === '/healthz' || url === '/readyz';
}

/** However many ask, one check runs at a time; its answer is good for a second, and none is waited for beyond three. */
function shareCheck(check: Readiness): () => Promise<CodedError | undefined> {
  let running: Promise<CodedError | undefined> | undefined;
  const run = async (): Promise<CodedError | undefined> => {
    const controller = new AbortController();
    const late = new CodedError('DB_UNREACHABLE', `no answer within ${deadlineMs} ms`);
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<CodedError>((resolve) => {
      timer = setTimeout(() => {
        controller.abort(late);
        resolve(late);
      }, deadlineMs);
    });
    const checked = check(controller.signal).catch((error: unknown) =>
      error instanceof CodedError ? error : new CodedError('INTERNAL', 'the check failed', { cause: error }),
    );
    const outcome = await Promise.race([checked, deadline]);
    clearTimeout(timer);
    setTimeout(() => {
      running = undefined;
    }, freshMs).unref();
    return outcome;
  };
  return () => (running ??= run());
}

// Reads JSON bodies, and gives every failure on the way to a handler the shape that JSON-RPC clients expect.
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import { CodedError, toCodedError } from '../base/errors.ts';
import type { Admission } from './admission.ts';
import { refuse } from './refusal.ts';

/** JSON is the only body there is; its syntax errors become JSON-RPC's, and nothing unexpected shows its text. */
export function readBodies(app: FastifyInstance, { emit }: Admission, limitBytes: number): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    try {
      done(null, text === '' ? undefined : JSON.parse(text as string));
    } catch {
      done(new CodedError('DOOR_MALFORMED', 'the body is not valid JSON'));
    }
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const coded = leftEarly(request) ?? ofFastify(error, limitBytes) ?? toCodedError(error);
    if (coded.code === 'INTERNAL') {
      emit({ kind: 'failure', message: coded.message, logDetail: coded.facts.logDetail });
    } else {
      emit({ kind: 'request_refused', code: coded.code, address: request.ip });
    }
    return refuse(reply, coded);
  });
}

/** A client that goes away in the middle of its body has nobody left to answer; it is no failure of ours. */
function leftEarly({ raw }: FastifyRequest): CodedError | undefined {
  if (raw.complete || !raw.destroyed) return undefined;
  return new CodedError('CANCELLED', 'the client left in the middle of its request');
}

/** The coded form of the errors that Fastify itself raises for a body. */
function ofFastify({ code }: FastifyError, limitBytes: number): CodedError | undefined {
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new CodedError('DOOR_BODY_TOO_LARGE', `the body is larger than ${limitBytes} bytes`, {
      hint: 'Send a shorter statement.',
    });
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new CodedError('DOOR_MEDIA_TYPE', 'the body must be sent as application/json');
  }
  if (code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH') {
    return new CodedError('DOOR_MALFORMED', 'the body is not as long as Content-Length says');
  }
  return undefined;
}

// Reads JSON bodies, and gives every failure on the way to a handler the shape that JSON-RPC clients expect.
import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import { CodedError, toCodedError } from '../base/errors.ts';
import { clipped } from '../base/printable.ts';
import type { Admission } from './admission.ts';
import { refuse } from './refusal.ts';

/** JSON is the only body there is; its syntax errors become JSON-RPC's, and nothing unexpected shows its text. */
export function readBodies(app: FastifyInstance, { emit }: Admission, limitBytes: number): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, ({ headers }, bytes, done) => {
    const problem = refusedForm(headers) ?? notUtf8(bytes as Buffer);
    if (problem !== undefined) return done(problem);
    try {
      done(null, bytes.length === 0 ? undefined : JSON.parse(bytes.toString('utf8')));
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

/** JSON travels as UTF-8 (RFC 8259, 8.1), and nothing unpacks it here (RFC 9110, 15.5.16). */
function refusedForm(headers: IncomingHttpHeaders): CodedError | undefined {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    return new CodedError('DOOR_MEDIA_TYPE', `the body is packed as "${clipped(encoding, 40)}"`, {
      hint: 'Send it without Content-Encoding.',
    });
  const charset = /;\s*charset="?([^";\s]*)/i.exec(headers['content-type'] ?? '')?.[1];
  if (charset === undefined || /^utf-?8$/i.test(charset)) return undefined;
  return new CodedError('DOOR_MEDIA_TYPE', `the body is in the charset "${clipped(charset, 40)}"`, {
    hint: 'Send it in UTF-8.',
  });
}

/** What cannot be read would be replaced, and another statement would run than the one that was sent. */
function notUtf8(bytes: Buffer): CodedError | undefined {
  return isUtf8(bytes) ? undefined : new CodedError('DOOR_MALFORMED', 'the body is not valid UTF-8');
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

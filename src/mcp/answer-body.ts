// Writes the JSON-RPC answer of a tool call in one go; it never walks, copies or parses what a tool gave ready-made.

import { CodedError, errorText } from '../base/errors.ts';
import type { ToolAnswer } from '../tools/tool.ts';
import type { RequestId } from './in-flight.ts';
import { serverInfoKey } from './meta-keys.ts';

/** The two families of revisions: 2024-11-05 to 2025-11-25, and 2026-07-28. */
export type Era = 'legacy' | 'modern';

/** A whole JSON-RPC message, as text or as UTF-8. */
export type Body = string | Buffer;

/** Writes answers; made once, because what every answer ends with never changes. */
export type AnswerWriter = {
  readonly call: (era: Era, id: RequestId, outcome: ToolAnswer | CodedError) => Body;
  /** `json` is a whole JSON object, serialised beforehand. */
  readonly result: (era: Era, id: RequestId, json: string) => Body;
};

const textOpens = '{"result":{"content":[{"type":"text","text":';
const textCloses = '"}],"structuredContent":';

/** A writer of answers that carry the server's name where the revision wants it (2026-07-28, ResultMetaObject). */
export function createAnswerWriter(server: {
  readonly name: string;
  readonly version: string;
}): AnswerWriter {
  const info = JSON.stringify({ [serverInfoKey]: { name: server.name, version: server.version } });
  const ends: Record<Era, string> = { legacy: '}', modern: `,"resultType":"complete","_meta":${info}}` };
  const tail = (era: Era, id: RequestId): string =>
    `${ends[era]},"jsonrpc":"2.0","id":${JSON.stringify(id)}}`;
  return {
    call: (era, id, outcome) => {
      if (outcome instanceof CodedError) {
        return `${textOpens}${JSON.stringify(errorText(outcome))}}],"isError":true${tail(era, id)}`;
      }
      const { encoded } = outcome;
      if (encoded === undefined) {
        return `${textOpens}${JSON.stringify(outcome.text)}}],"structuredContent":${JSON.stringify(outcome.structured)}${tail(era, id)}`;
      }
      const { text, structured } = encoded;
      if (typeof text === 'string' && typeof structured === 'string') {
        return `${textOpens}"${text}"}],"structuredContent":${structured}${tail(era, id)}`;
      }
      const pieces = [`${textOpens}"`, text, textCloses, structured, tail(era, id)];
      return Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
    },
    result: (era, id, json) => `{"result":${json.slice(0, -1)}${tail(era, id)}`,
  };
}

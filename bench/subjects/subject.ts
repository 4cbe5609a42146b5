// What a server must offer to be measured; the harness knows nothing else of it.
import type { BenchDatabase } from '../bench-database.ts';
import type { Program } from '../process.ts';
import type { Question } from '../workloads.ts';

export const subjectNames = ['bare', 'ours', 'ours-2025', 'dbhub', 'toolbox'] as const;
export type SubjectName = (typeof subjectNames)[number];

/** What a subject may need to be started. */
export type SubjectWorld = {
  readonly database: BenchDatabase;
  readonly port: number;
  /** A folder for its files, gone after the run. */
  readonly directory: string;
  readonly fromSource: boolean;
};

/** The request of one call: path, headers beside host and length, body. */
export type CallRequest = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** What an answer holds, read once outside of the timed part. */
export type AnswerFacts = {
  readonly rowCount: number;
  /** Text that reaches the model. */
  readonly textBytes: number;
};

export type Subject = {
  readonly name: SubjectName;
  readonly title: string;
  /** Subjects with the same key are one process, asked in different ways. */
  readonly processKey: string;
  /** A failure of this server is a finding, not a defect of the run. */
  readonly mayFail: boolean;
  readonly program: (world: SubjectWorld) => Program;
  /** Messages of the same connection must not share an id. */
  readonly request: (question: Question, id: number) => CallRequest;
  /** Throws where the answer is not the rows that were asked for. */
  readonly readAnswer: (body: string) => AnswerFacts;
};

/** The result of a tool call. */
export type CallResult = {
  readonly content: readonly { readonly text: string }[];
  readonly isError?: boolean;
  readonly structuredContent?: unknown;
};

/** The result in an MCP answer, whether it comes as JSON or as one event of a stream. */
export function mcpResult(body: string): CallResult {
  const json = body.startsWith('{') ? body : (/^data: (\{.*)$/m.exec(body)?.[1] ?? body);
  const message = JSON.parse(json) as { result?: CallResult };
  if (message.result === undefined || message.result.isError === true)
    throw new Error(`the call failed: ${json.slice(0, 500)}`);
  return message.result;
}

export const mcpHeaders = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

/** A call as clients of 2025-11-25 send it. */
export function legacyCall(name: string, given: object, id: number): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: given } });
}

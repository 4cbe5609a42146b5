// Reads HTTP/1.1 answers off a kept-alive connection as cheaply as it can be done: status and length, no body kept
// beyond its first bytes. It knows what the measured servers send, and nothing more of RFC 9112.

/** How one answer ended. */
export type Answer = {
  readonly status: number;
  /** Bytes of the body, without the framing of chunks. */
  readonly bytes: number;
  /** The beginning of the body, at most one read of the socket. */
  readonly start: Buffer;
};

type Mode = 'head' | 'body' | 'chunk-size' | 'chunk' | 'trailer';

const nothing = Buffer.alloc(0);
const headEnd = '\r\n\r\n';
const lineFeed = 0x0a;

export class ResponseReader {
  readonly #onAnswer: (answer: Answer) => void;
  #mode: Mode = 'head';
  #pending: Buffer = nothing;
  #status = 0;
  #bytes = 0;
  #remaining = 0;
  #start: Buffer = nothing;

  constructor(onAnswer: (answer: Answer) => void) {
    this.#onAnswer = onAnswer;
  }

  /** Takes the next bytes of the connection. */
  push(chunk: Buffer): void {
    let bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = nothing;
    while (bytes.length > 0) {
      const used = this.#read(bytes);
      if (used === 0) {
        this.#pending = bytes;
        return;
      }
      bytes = bytes.subarray(used);
    }
  }

  /** The number of bytes taken; 0 where more are needed first. */
  #read(bytes: Buffer): number {
    if (this.#mode === 'head') return this.#readHead(bytes);
    if (this.#mode === 'body' || this.#mode === 'chunk') return this.#readData(bytes);
    return this.#readLine(bytes);
  }

  #readHead(bytes: Buffer): number {
    const end = bytes.indexOf(headEnd);
    if (end === -1) return 0;
    const head = bytes.toString('latin1', 0, end).toLowerCase();
    this.#status = Number(head.slice(9, 12));
    this.#bytes = 0;
    this.#start = nothing;
    const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
    if (length === undefined && !head.includes('\r\ntransfer-encoding: chunked'))
      throw new Error(`an answer without a length: ${head}`);
    this.#remaining = Number(length ?? 0);
    this.#mode = length === undefined ? 'chunk-size' : 'body';
    if (this.#mode === 'body' && this.#remaining === 0) this.#finish();
    return end + headEnd.length;
  }

  #readData(bytes: Buffer): number {
    const used = Math.min(this.#remaining, bytes.length);
    if (this.#start.length === 0) this.#start = bytes.subarray(0, used);
    this.#bytes += used;
    this.#remaining -= used;
    if (this.#remaining === 0) {
      if (this.#mode === 'body') this.#finish();
      else this.#mode = 'chunk-size';
    }
    return used;
  }

  /** The line of a chunk's size, the empty line behind a chunk, or the end of the trailer (RFC 9112, 7.1). */
  #readLine(bytes: Buffer): number {
    const end = bytes.indexOf(lineFeed);
    if (end === -1) return 0;
    const line = bytes.toString('latin1', 0, end).trim();
    if (this.#mode === 'trailer') {
      if (line === '') this.#finish();
    } else if (line !== '') {
      this.#remaining = Number.parseInt(line, 16);
      this.#mode = this.#remaining === 0 ? 'trailer' : 'chunk';
    }
    return end + 1;
  }

  #finish(): void {
    this.#mode = 'head';
    this.#onAnswer({ status: this.#status, bytes: this.#bytes, start: this.#start });
  }
}

// Cuts what comes in into lines, and keeps back those that nobody could answer rightly: too long, or not in UTF-8.
import { isUtf8 } from 'node:buffer';
import { Transform, type TransformCallback } from 'node:stream';

/** What `WholeLines` asks and tells. */
export type LineHandling = {
  /** Most bytes of a line. */
  readonly limitBytes: number;
  /** What a line stands for: itself, or several. */
  readonly unpack: (line: Buffer) => readonly Buffer[];
  /** A line was longer and is dropped. */
  readonly onTooLong: () => void;
  /** A line was not UTF-8 and is dropped: what cannot be read would be replaced, and mean something else. */
  readonly onNotUtf8: () => void;
};

const newline = 0x0a;
const blanks: ReadonlySet<number> = new Set([0x09, 0x0d, 0x20]);

/** Gives one line a chunk, each with the newline that ends it; blank ones and one without end are left out. */
export class WholeLines extends Transform {
  readonly #handling: LineHandling;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(handling: LineHandling) {
    super({ readableObjectMode: true });
    this.#handling = handling;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let at = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, at)) {
      this.#take(chunk.subarray(at, end));
      this.#finish();
      at = end + 1;
    }
    this.#take(chunk.subarray(at));
    done();
  }

  #take(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > this.#handling.limitBytes) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  #finish(): void {
    const isTooLong = this.#bytes > this.#handling.limitBytes;
    const line = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    if (isTooLong) this.#handling.onTooLong();
    else if (!isUtf8(line)) this.#handling.onNotUtf8();
    else if (line.some((byte) => !blanks.has(byte)))
      for (const each of this.#handling.unpack(line)) this.push(Buffer.concat([each, Buffer.of(newline)]));
  }
}

// Splits the byte stream of a backend into protocol messages so that rows go to their reader as raw bytes and no
// message is ever buffered beyond its cap; of the others it knows the type and the length only.

/** Reads DataRow messages, and learns which commands are over, while a pipeline runs. */
export type RowReader = {
  /** Largest DataRow payload, in bytes, that `row` wants to see. */
  readonly maxRowBytes: number;
  /** The payload of one DataRow stands in `bytes` from `start` to `end`; it is only valid during the call. */
  row(bytes: Buffer, start: number, end: number): void;
  /** A DataRow of `payloadBytes` is larger than `maxRowBytes`; its bytes are dropped as they arrive. */
  oversizedRow(payloadBytes: number): void;
  /** A command is over, its portal suspended with rows left. */
  commandSuspended(): void;
  /** A command is over; its tag stands in `bytes` from `start` to `end`, with the zero that ends it, or is empty. */
  commandEnded(bytes: Buffer, start: number, end: number): void;
};

/** What the gate hands on. */
export type GateOutputs = {
  /** Bytes of all messages that no row reader takes, in order; confirmations are dropped while there is one. */
  readonly forward: (bytes: Buffer) => void;
  /** A message other than a row announces more than `maxMessageBytes`: the connection cannot be kept. */
  readonly oversizedMessage: (payloadBytes: number) => void;
  readonly maxMessageBytes: number;
};

/** Every backend message begins with a type byte and an int32 length that counts itself (manual, 55.7). */
const headerBytes = 5;
const dataRowType = 0x44;
const portalSuspendedType = 0x73;
const commandCompleteType = 0x43;
const longestTagBytes = 64;
const emptyQueryType = 0x49;
/** ParseComplete, BindComplete, CloseComplete and NoData: they tell nothing that a later message would not. */
const confirmationTypes: readonly number[] = [0x31, 0x32, 0x33, 0x6e];
/** Whatever their length. An Execute ends with EmptyQueryResponse, PortalSuspended or CommandComplete (manual, 55.2.3). */
const readerTypes: ReadonlySet<number> = new Set([
  dataRowType,
  emptyQueryType,
  portalSuspendedType,
  ...confirmationTypes,
]);

type Mode = 'header' | 'forward' | 'whole' | 'skip' | 'closed';

/** One gate stands in front of one connection's message parser. */
export class FrameGate {
  reader: RowReader | undefined;
  readonly #outputs: GateOutputs;
  readonly #header = Buffer.alloc(headerBytes);
  #headerFilled = 0;
  #mode: Mode = 'header';
  #remaining = 0;
  /** What has come of a message for the reader. */
  #partial: Buffer | undefined;
  #partialType = 0;
  /** Where in the chunk at hand the bytes begin that are still to be forwarded. */
  #runStart = 0;

  constructor(outputs: GateOutputs) {
    this.#outputs = outputs;
  }

  /** Takes the next bytes from the socket. */
  push(chunk: Buffer): void {
    let at = 0;
    this.#runStart = 0;
    while (at < chunk.length && this.#mode !== 'closed') {
      at = this.#mode === 'header' ? this.#readHeader(chunk, at) : this.#readBody(chunk, at);
    }
    this.#forwardRun(chunk, at);
  }

  #readHeader(chunk: Buffer, at: number): number {
    if (this.#headerFilled === 0 && at + headerBytes <= chunk.length) {
      return this.#startMessage(chunk, at, chunk, at + headerBytes);
    }
    this.#forwardRun(chunk, at);
    const taken = Math.min(headerBytes - this.#headerFilled, chunk.length - at);
    chunk.copy(this.#header, this.#headerFilled, at, at + taken);
    this.#headerFilled += taken;
    this.#runStart = at + taken;
    if (this.#headerFilled < headerBytes) return at + taken;
    this.#headerFilled = 0;
    return this.#startMessage(this.#header, 0, chunk, at + taken);
  }

  #startMessage(header: Buffer, headerAt: number, chunk: Buffer, bodyAt: number): number {
    const payloadBytes = header.readUInt32BE(headerAt + 1) - 4;
    const type = header[headerAt] ?? 0;
    if (this.reader !== undefined && isForReader(type, payloadBytes)) {
      this.#forwardRun(chunk, header === chunk ? headerAt : bodyAt);
      this.#runStart = bodyAt;
      return this.#startForReader(this.reader, type, payloadBytes, chunk, bodyAt);
    }
    if (payloadBytes > this.#outputs.maxMessageBytes) {
      this.#forwardRun(chunk, header === chunk ? headerAt : bodyAt);
      this.#mode = 'closed';
      this.#outputs.oversizedMessage(payloadBytes);
      return chunk.length;
    }
    if (header !== chunk) this.#outputs.forward(Buffer.from(header));
    this.#expect(payloadBytes === 0 ? 'header' : 'forward', payloadBytes);
    return bodyAt;
  }

  /** Messages that stand side by side in one chunk are handed on in one piece. */
  #forwardRun(chunk: Buffer, end: number): void {
    if (end > this.#runStart && this.#mode !== 'closed')
      this.#outputs.forward(chunk.subarray(this.#runStart, end));
    this.#runStart = end;
  }

  #startForReader(
    reader: RowReader,
    type: number,
    payloadBytes: number,
    chunk: Buffer,
    bodyAt: number,
  ): number {
    const isRow = type === dataRowType;
    if (isRow && payloadBytes > reader.maxRowBytes) {
      this.#expect('skip', payloadBytes);
      reader.oversizedRow(payloadBytes);
      return bodyAt;
    }
    if (isRow || type === commandCompleteType) return this.#startWhole(type, payloadBytes, chunk, bodyAt);
    if (type === portalSuspendedType) reader.commandSuspended();
    else if (type === emptyQueryType) reader.commandEnded(chunk, bodyAt, bodyAt);
    this.#expect(payloadBytes === 0 ? 'header' : 'skip', payloadBytes);
    return bodyAt;
  }

  /** A message that its reader gets in one piece, at once or when all of it has come. */
  #startWhole(type: number, payloadBytes: number, chunk: Buffer, bodyAt: number): number {
    const end = bodyAt + payloadBytes;
    if (end <= chunk.length) {
      this.#runStart = end;
      this.#expect('header', 0);
      this.#give(type, chunk, bodyAt, end);
      return end;
    }
    this.#partial = Buffer.allocUnsafe(payloadBytes);
    this.#partialType = type;
    this.#expect('whole', payloadBytes);
    return bodyAt;
  }

  #give(type: number, bytes: Buffer, start: number, end: number): void {
    if (type === dataRowType) this.reader?.row(bytes, start, end);
    else this.reader?.commandEnded(bytes, start, end);
  }

  #readBody(chunk: Buffer, at: number): number {
    const end = at + Math.min(this.#remaining, chunk.length - at);
    if (this.#mode === 'whole') this.#collect(chunk, at, end);
    if (this.#mode !== 'forward') this.#runStart = end;
    this.#remaining -= end - at;
    if (this.#remaining === 0) this.#finishBody();
    return end;
  }

  #collect(chunk: Buffer, at: number, end: number): void {
    const partial = this.#partial;
    if (partial !== undefined) chunk.copy(partial, partial.length - this.#remaining, at, end);
  }

  #finishBody(): void {
    const partial = this.#partial;
    this.#partial = undefined;
    this.#mode = 'header';
    if (partial !== undefined) this.#give(this.#partialType, partial, 0, partial.length);
  }

  #expect(mode: Mode, payloadBytes: number): void {
    this.#mode = mode;
    this.#remaining = payloadBytes;
  }
}

/** A tag is some 20 bytes; one without end is nothing that Postgres says. */
function isForReader(type: number, payloadBytes: number): boolean {
  return readerTypes.has(type) || (type === commandCompleteType && payloadBytes <= longestTagBytes);
}

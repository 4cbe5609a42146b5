// The edge to node-postgres: what we use of its client and connection beyond its published types, and a client whose
// bytes pass a frame gate first. It knows no SQL.
import { EventEmitter } from 'node:events';
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, TLSSocket } from 'node:tls';
import pg from 'pg';
import { CodedError } from '../base/errors.ts';
import { FrameGate } from './frame-gate.ts';

/** A column as RowDescription tells it (manual, 55.7). */
export type FieldDescription = {
  readonly name: string;
  readonly tableID: number;
  readonly columnID: number;
  readonly dataTypeID: number;
  readonly dataTypeModifier: number;
};

/** The part of node-postgres' Connection (lib/connection.js) that a statement of ours writes to. */
export type DriverConnection = {
  readonly stream: Duplex;
  readonly gate: FrameGate;
  on(event: 'parameterStatus', listener: (message: { readonly parameterName: string }) => void): unknown;
};

/** What node-postgres calls on the object it was given to submit (lib/client.js). */
export type DriverStatement = {
  submit(connection: DriverConnection): Error | undefined;
  handleRowDescription(message: { readonly fields: readonly FieldDescription[] }): void;
  handleDataRow(): void;
  handlePortalSuspended(): void;
  handleEmptyQuery(): void;
  handleCommandComplete(message: { readonly text: string }): void;
  handleReadyForQuery(): void;
  handleError(error: Error): void;
  handleCopyInResponse(): void;
  handleCopyData(): void;
};

/** The fields of node-postgres' Client that we use. */
export type DriverClient = {
  query(statement: DriverStatement): unknown;
  query(text: string): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  release(discard?: boolean): void;
  /** `I` idle, `T` in a transaction, `E` in a failed one; null before the first ReadyForQuery. */
  getTransactionStatus(): 'I' | 'T' | 'E' | null;
  readonly connection: DriverConnection;
  readonly processID: number | null;
  readonly secretKey: number | Buffer | null;
};

/** How to reach the database, without any secret that could be printed by accident. */
export type DriverTarget = {
  readonly host: string;
  readonly port: number;
  /** TLS options, or false for a plain connection. */
  readonly ssl: ConnectionOptions | false;
};

type ConnectionBase = EventEmitter & { attachListeners(stream: Duplex): void; readonly stream: Duplex };
type ConnectionClass = new (config: object) => ConnectionBase;

/** No message but a row needs more: it bounds error texts and notices that quote a huge value. */
const maxMessageBytes = 1_048_576;
const keepAliveAfterMs = 30_000;

/** Node reads at most this much at once. */
const readBytes = 65_536;

/**
 * A socket that reads into one buffer again and again (net.Socket, `onread`): a new 64 kB buffer for each read is most
 * of the garbage of a busy server. The bytes are only valid during the call.
 */
function rereadingSocket(take: (bytes: Buffer) => void): Socket {
  const options: SocketConstructorOpts & { onread: OnReadOpts } = {
    onread: {
      buffer: Buffer.allocUnsafeSlow(readBytes),
      callback: (count, buffer) => {
        take(Buffer.from(buffer.buffer, buffer.byteOffset, count));
        return true;
      },
    },
  };
  return new Socket(options);
}

class GatedConnection extends (pg.Connection as unknown as ConnectionClass) {
  readonly gate: FrameGate;
  readonly #toParser = new EventEmitter();

  constructor(target: DriverTarget) {
    const isPlain = target.ssl === false;
    super({
      ssl: target.ssl,
      keepAlive: true,
      keepAliveInitialDelayMillis: keepAliveAfterMs,
      ...(isPlain && { stream: () => rereadingSocket((bytes) => this.gate.push(bytes)) }),
    });
    this.gate = new FrameGate({
      maxMessageBytes,
      // The parser keeps the bytes of a message that is not complete yet.
      forward: (bytes) => this.#toParser.emit('data', isPlain ? Buffer.from(bytes) : bytes),
      oversizedMessage: (bytes) => this.stream.destroy(tooLarge(bytes)),
    });
  }

  /** node-postgres calls this once, on the plain or the TLS stream, to start parsing; a plain one pushes by itself. */
  override attachListeners(stream: Duplex): void {
    super.attachListeners(this.#toParser as unknown as Duplex);
    if (stream instanceof TLSSocket) stream.on('data', (chunk: Buffer) => this.gate.push(chunk));
  }
}

/** What every client of a pool is made with. The password is here because pg-pool hides it from copies of its options. */
export type ClientOptions = {
  /** Asked at each connect. */
  readonly target: () => DriverTarget;
  readonly password: string;
  readonly connectTimeoutMs: number;
};

/** A client class for pg-pool whose connections pass the frame gate. */
export function gatedClientClass({ target, password, connectTimeoutMs }: ClientOptions): new () => pg.Client {
  class GatedClient extends pg.Client {
    constructor(config: pg.ClientConfig) {
      const { host, port, ssl } = target();
      super({
        ...config,
        password,
        host,
        port,
        ssl,
        connectionTimeoutMillis: connectTimeoutMs,
        connection: new GatedConnection({ host, port, ssl }),
      } as pg.ClientConfig);
    }
  }
  return GatedClient as unknown as new () => pg.Client;
}

/** A connection that only carries a CancelRequest (manual, 55.2.8). */
export type CancelConnection = EventEmitter & {
  readonly stream: Duplex;
  connect(port: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processId: number, secretKey: number | Buffer): void;
};

export function newCancelConnection(target: DriverTarget): CancelConnection {
  return new pg.Connection({ ssl: target.ssl }) as unknown as CancelConnection;
}

function tooLarge(payloadBytes: number): CodedError {
  return new CodedError('LIMIT_VALUE_SIZE', `the database sent a message of ${payloadBytes} bytes`, {
    detail: `The limit for a message that is not a row is ${maxMessageBytes} bytes.`,
    hint: 'Read a part of the value, for example left(column, 1000).',
  });
}

// A TCP proxy in this process that breaks connections on demand; it does not understand what it carries.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What new bytes and new connections meet; may change while connections are open. */
export type Fault = {
  /** Milliseconds that each chunk waits, in both directions. */
  readonly latencyMs?: number | undefined;
  /** Bytes of these directions are swallowed; the connection stays open. `up` is towards the server. */
  readonly blackHole?: 'up' | 'down' | 'both' | undefined;
  /** New connections: reset at once, or accepted and never answered. */
  readonly accept?: 'refuse' | 'hang' | undefined;
  /** The connection is reset after so many more bytes towards the client, counted from setFault. */
  readonly cutAfterBytes?: number | undefined;
};

/** A listening proxy. */
export type FaultProxy = {
  readonly port: number;
  /** `url` with its host and port replaced by those of the proxy. */
  readonly urlFor: (url: string) => string;
  readonly setFault: (fault: Fault) => void;
  /** Ends every open connection, with RST or with FIN, on both sides. */
  readonly resetAll: () => void;
  readonly finishAll: () => void;
  /** Connections accepted so far, and open now. */
  readonly accepted: () => number;
  readonly open: () => number;
  readonly close: () => Promise<void>;
};

type Pair = { readonly client: Socket; readonly server: Socket | undefined };

/** Listens on a free port of 127.0.0.1 and carries bytes to `target`, a URL or a port of 127.0.0.1. */
export async function startFaultProxy(target: string | number): Promise<FaultProxy> {
  const carrier = new Carrier(typeof target === 'number' ? target : Number(new URL(target).port));
  await carrier.listen();
  return {
    port: carrier.port,
    urlFor: (url) => {
      const changed = new URL(url);
      changed.host = `127.0.0.1:${carrier.port}`;
      return changed.href;
    },
    setFault: (fault) => carrier.setFault(fault),
    resetAll: () => carrier.endAll('reset'),
    finishAll: () => carrier.endAll('finish'),
    accepted: () => carrier.accepted,
    open: () => carrier.pairs.size,
    close: () => carrier.close(),
  };
}

class Carrier {
  readonly pairs = new Set<Pair>();
  accepted = 0;
  readonly #target: number;
  readonly #listener: Server;
  #fault: Fault = {};
  #bytesLeft = Number.POSITIVE_INFINITY;

  constructor(target: number) {
    this.#target = target;
    this.#listener = createServer((client) => this.#take(client));
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  async listen(): Promise<void> {
    this.#listener.listen(0, '127.0.0.1');
    await once(this.#listener, 'listening');
  }

  setFault(fault: Fault): void {
    this.#fault = fault;
    this.#bytesLeft = fault.cutAfterBytes ?? Number.POSITIVE_INFINITY;
  }

  endAll(how: 'reset' | 'finish'): void {
    for (const { client, server } of this.pairs) {
      for (const socket of [client, server]) how === 'reset' ? socket?.resetAndDestroy() : socket?.end();
    }
  }

  async close(): Promise<void> {
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    for (const { client, server } of this.pairs) for (const socket of [client, server]) socket?.destroy();
    await closed;
  }

  #take(client: Socket): void {
    this.accepted++;
    client.on('error', () => undefined);
    if (this.#fault.accept === 'refuse') {
      client.resetAndDestroy();
      return;
    }
    const server = this.#fault.accept === 'hang' ? undefined : connect(this.#target, '127.0.0.1');
    const pair = { client, server };
    this.pairs.add(pair);
    client.once('close', () => this.pairs.delete(pair));
    if (server === undefined) {
      client.resume();
      return;
    }
    server.on('error', () => client.resetAndDestroy());
    this.#carry(client, server, 'up', pair);
    this.#carry(server, client, 'down', pair);
  }

  #carry(from: Socket, to: Socket, direction: 'up' | 'down', pair: Pair): void {
    from.on('data', (chunk) => {
      const { blackHole, latencyMs } = this.#fault;
      if (blackHole === 'both' || blackHole === direction) return;
      if (direction === 'down' && this.#mustCut(chunk.length)) {
        this.#cut(pair, chunk);
        return;
      }
      if (latencyMs === undefined) send(from, to, chunk);
      else setTimeout(() => send(from, to, chunk), latencyMs);
    });
    from.on('end', () => to.end());
    from.on('close', () => to.destroy());
  }

  #mustCut(length: number): boolean {
    if (length <= this.#bytesLeft) {
      this.#bytesLeft -= length;
      return false;
    }
    return true;
  }

  #cut({ client, server }: Pair, chunk: Buffer): void {
    const end = (): void => {
      client.resetAndDestroy();
      server?.resetAndDestroy();
    };
    if (this.#bytesLeft === 0) end();
    else client.write(chunk.subarray(0, this.#bytesLeft), end);
    this.#bytesLeft = 0;
  }
}

function send(from: Socket, to: Socket, chunk: Buffer): void {
  if (to.destroyed || to.write(chunk)) return;
  from.pause();
  to.once('drain', () => from.resume());
}

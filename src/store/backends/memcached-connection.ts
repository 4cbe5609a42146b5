// Speaks Memcached's meta protocol (protocol.txt, "Meta Commands") over one socket: requests go out as they come, answers
// come back in order. The clients on npm speak the older commands, which cannot delete on condition.
import { connect, type Socket } from 'node:net';
import { storeUnavailable } from './bounded-call.ts';

/** One answer: `HD`, `VA`, `EN`, … with its flags, and the data of a `VA`. */
export type MetaAnswer = {
  readonly code: string;
  readonly flags: readonly string[];
  readonly line: string;
  readonly data?: Buffer | undefined;
};

/** A connection that is opened by the first request, and again by the first one after a loss. */
export type MetaConnection = {
  readonly say: (command: string, data?: Buffer) => Promise<MetaAnswer>;
  /** Ends the connection; requests under way fail. */
  readonly reset: () => void;
  readonly close: () => void;
};

type Waiting = { readonly resolve: (answer: MetaAnswer) => void; readonly reject: (error: Error) => void };

/** A lazy connection to one server. Connecting is bounded by the deadline of the call that waits for it. */
export function metaConnection(host: string, port: number): MetaConnection {
  let current: OpenConnection | undefined;
  let closed = false;
  const reset = (): void => {
    current?.end();
    current = undefined;
  };
  return {
    say: (command, data) => {
      if (closed) return Promise.reject(storeUnavailable('the store is closed'));
      if (current?.isOpen() !== true) current = openConnection(host, port);
      return current.say(command, data);
    },
    reset,
    close: () => {
      closed = true;
      reset();
    },
  };
}

type OpenConnection = {
  readonly isOpen: () => boolean;
  readonly say: MetaConnection['say'];
  readonly end: () => void;
};

function openConnection(host: string, port: number): OpenConnection {
  const waiting: Waiting[] = [];
  let open = true;
  const fail = (error: Error): void => {
    open = false;
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  const socket = connect({ host, port, noDelay: true, keepAlive: true });
  const answered = (answer: MetaAnswer): void => waiting.shift()?.resolve(answer);
  socket.on('data', answerReader(answered));
  socket.on('error', fail);
  socket.on('close', () => fail(storeUnavailable('the store ended the connection')));
  return {
    isOpen: () => open,
    say: (command, data) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        write(socket, command, data);
      }),
    end: () => socket.destroy(),
  };
}

function write(socket: Socket, command: string, data: Buffer | undefined): void {
  socket.cork();
  socket.write(`${command}\r\n`);
  if (data !== undefined) {
    socket.write(data);
    socket.write('\r\n');
  }
  socket.uncork();
}

/** Cuts what arrives into answers, wherever the chunks break. */
function answerReader(give: (answer: MetaAnswer) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let held = 0;
  let needed = 0;
  return (chunk) => {
    chunks.push(chunk);
    held += chunk.length;
    if (held < needed) return;
    let rest = Buffer.concat(chunks);
    for (;;) {
      const end = rest.indexOf('\r\n');
      if (end === -1) break;
      const line = rest.toString('latin1', 0, end);
      const [code = '', ...flags] = line.split(' ');
      const length = code === 'VA' ? Number(flags.shift()) + 2 : 0;
      needed = end + 2 + length;
      if (rest.length < needed) break;
      give({ code, flags, line, data: length === 0 ? undefined : rest.subarray(end + 2, needed - 2) });
      rest = rest.subarray(needed);
      needed = 0;
    }
    chunks = [rest];
    held = rest.length;
  };
}

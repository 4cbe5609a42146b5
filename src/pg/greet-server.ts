// Finds out whether the server answers at all, without a login: it takes no slot, no place in a queue and none of the
// role's connections, and asks nothing that needs a right.
import { connect } from 'node:net';
import type { DriverTarget } from './driver.ts';
import { connectError } from './sqlstate.ts';

/** SSLRequest (manual, 55.7): eight bytes, answered by one with a server or a pooler, before anybody logs in. */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** Resolves once the server has answered; rejects with CodedError (`DB_UNREACHABLE`), also where `signal` aborts. */
export function greetServer({ host, port }: DriverTarget, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
    const leave = () => socket.destroy(new Error('timeout'));
    signal?.addEventListener('abort', leave, { once: true });
    socket.on('connect', () => socket.write(sslRequest));
    socket.on('error', (error) => reject(connectError(error)));
    socket.on('data', () => {
      resolve();
      socket.destroy();
    });
    socket.on('close', () => {
      signal?.removeEventListener('abort', leave);
      reject(connectError(new Error('the server closed the connection')));
    });
    if (signal?.aborted) leave();
  });
}

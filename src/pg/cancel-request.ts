// Sends a CancelRequest for one backend, over TLS where the connection itself uses TLS; it never touches another one.
import { type DriverClient, type DriverTarget, newCancelConnection } from './driver.ts';

/**
 * Asks Postgres to end what the backend of `client` is running (manual, 55.2.8). Resolves when the server has closed
 * the request's connection, which is after the signal was sent, or after `timeoutMs`; it never rejects, since the
 * request is advice either way and the caller watches the statement itself.
 */
export function requestCancel(client: DriverClient, target: DriverTarget, timeoutMs: number): Promise<void> {
  const { processID, secretKey } = client;
  if (processID === null || secretKey === null) return Promise.resolve();
  return new Promise((resolve) => {
    const connection = newCancelConnection(target);
    const timer = setTimeout(() => connection.stream.destroy(), timeoutMs);
    const send = () => connection.cancel(processID, secretKey);
    connection.on('error', () => connection.stream.destroy());
    connection.on('end', () => {
      clearTimeout(timer);
      resolve();
    });
    connection.on('connect', () => (target.ssl === false ? send() : connection.requestSsl()));
    connection.on('sslconnect', send);
    if (target.host.startsWith('/')) connection.connect(`${target.host}/.s.PGSQL.${target.port}`);
    else connection.connect(target.port, target.host);
  });
}

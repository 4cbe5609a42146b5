// HTTP with headers that fetch refuses to send, such as Host.
import { request } from 'node:http';
import { connect } from 'node:net';

/** What is sent; a POST of /mcp unless said otherwise. */
export type RawRequest = {
  readonly method?: string;
  readonly path?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** Sends the request on a connection of its own and gives status and body. */
export function rawRequest(url: string, raw: RawRequest): Promise<{ status: number; body: string }> {
  const { method = 'POST', path = '/mcp', headers, body } = raw;
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, url), { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Sends bytes on a connection of its own and gives everything that comes back until the server closes it. */
export function rawExchange(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      received += chunk;
    });
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
}

// The site of a client such as claude.ai, by https on loopback: it takes the answer and sends the browser on to another
// address of its own, as real ones do. Chromium is told that the names are here.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A site in use. */
export type ClientSite = {
  /** Arguments by which Chromium finds it. */
  readonly chromiumArguments: readonly string[];
  readonly close: () => Promise<void>;
};

/** Where a browser ends up that brings an answer to claude.ai. */
export const connectedUrl = 'https://app.claude.test/connected';

/** Starts the site; whoever starts it closes it. */
export async function startClientSite(): Promise<ClientSite> {
  const server = createServer(certificate(), (request, response) => {
    if (request.headers.host === 'claude.ai') response.writeHead(302, { location: connectedUrl }).end();
    else response.setHeader('content-type', 'text/html').end('<title>connected</title><p>Connected.');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const rules = ['claude.ai', 'app.claude.test'].map((name) => `MAP ${name} 127.0.0.1:${port}`).join(',');
  return {
    chromiumArguments: [`--host-resolver-rules=${rules}`],
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function certificate(): { readonly key: string; readonly cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'client-site-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  try {
    const subject = ['-subj', '/CN=claude.ai', '-addext', 'subjectAltName=DNS:claude.ai,DNS:app.claude.test'];
    const request = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      cert,
    ];
    execFileSync('openssl', [...request, ...subject], { stdio: 'ignore' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

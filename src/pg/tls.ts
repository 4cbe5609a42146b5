// TLS options of Node for what libpq's sslmode means; it reads no file.
import type { ConnectionOptions } from 'node:tls';
import type { TlsSettings } from '../base/connection-settings.ts';

/** Options for one attempt (PostgreSQL manual, 34.19.1 "Client Verification of Server Certificates"). */
export function tlsOptions(
  tls: TlsSettings,
  attempt: 'tls' | 'plain',
  host: string,
): ConnectionOptions | false {
  if (attempt === 'plain') return false;
  return {
    // Where an address is dialled, node:tls would else check the certificate for the name "localhost".
    host,
    rejectUnauthorized: tls.verification !== 'none',
    ...(tls.verification === 'authority' && { checkServerIdentity: () => undefined }),
    ...(tls.ca !== undefined && { ca: tls.ca }),
    ...(tls.cert !== undefined && { cert: tls.cert }),
    ...(tls.key !== undefined && { key: tls.key }),
  };
}

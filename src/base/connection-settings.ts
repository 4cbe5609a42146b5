// Where the database is and how to log in: data shared by configuration and pool; it opens nothing.

/** libpq's sslmode values (PostgreSQL manual, "SSL Support", table "SSL Mode Descriptions"). */
export const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

/** One of libpq's six modes. */
export type SslMode = (typeof sslModes)[number];

/** How the connection is encrypted. Certificates and keys are PEM texts, already read from their files. */
export type TlsSettings = {
  readonly mode: SslMode;
  /** In this order; the next one is tried only where the one before could not log in (`allow` and `prefer` have two). */
  readonly attempts: readonly ('tls' | 'plain')[];
  /** `none`: encrypted, peer unproved; `authority`: chain is checked; `full`: chain and host name are checked. */
  readonly verification: 'none' | 'authority' | 'full';
  /** Root certificates; absent with verification means those that Node brings along (`sslrootcert=system`). */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
};

/** Everything node-postgres needs for a login. `host` beginning with `/` is the folder of a Unix-domain socket. */
export type ConnectionSettings = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string | undefined;
  readonly database: string;
  readonly applicationName: string;
  readonly tls: TlsSettings;
};

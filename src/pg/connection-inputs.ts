// What the connection settings are read from; types only.
import type { DsnKeyword } from './dsn.ts';

/** What was given, and how to read a file. */
export type ConnectionSource = {
  readonly url?: string | undefined;
  /** Values of the PG variables by name; others are ignored. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Text of a file; throws what node:fs throws. */
  readonly readFile: (path: string) => string;
  /** True where others than the owner may read the file. */
  readonly isOpenToOthers: (path: string) => boolean;
  readonly homeDirectory: string;
};

/** One part as given, and the name to blame: the URL or a variable. */
export type GivenPart = { readonly value?: string | undefined; readonly name: string };

/** Reads one keyword. */
export type Given = (keyword: DsnKeyword) => GivenPart;

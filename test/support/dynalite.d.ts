// What the tests use of the package dynalite, which brings no types along.
declare module 'dynalite' {
  import type { Server } from 'node:http';

  function dynalite(options: { createTableMs: number; deleteTableMs: number; path: string }): Server;

  // biome-ignore lint/style/noDefaultExport: so the package exports it
  export { dynalite as default };
}

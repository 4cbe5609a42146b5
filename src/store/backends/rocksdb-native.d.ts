// What rocksdb.ts uses of the package rocksdb-native, which brings no types along; nothing else of it is described.
declare module 'rocksdb-native' {
  type Range = { readonly gt?: string; readonly lt?: string };
  type Pair = { readonly key: Buffer; readonly value: Buffer };

  class RocksDB {
    constructor(folder: string);
    ready(): Promise<void>;
    get(key: string): Promise<Buffer | null>;
    put(key: string, value: string): Promise<void>;
    delete(key: string): Promise<void>;
    iterator(range: Range): AsyncIterable<Pair>;
    /** The write-ahead log that is written now; `path` begins with a slash and is below the folder. */
    currentWalFile(): Promise<{ readonly path: string }>;
    close(): Promise<void>;
  }

  // biome-ignore lint/style/noDefaultExport: so the package exports it
  export { RocksDB as default };
}

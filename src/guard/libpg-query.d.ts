// What libpg-query's compiled grammar offers beside the package's own functions, which have types; it holds no code.
declare module 'libpg-query/wasm/libpg-query.js' {
  /** One instance of the grammar; addresses are bytes of its memory. */
  export type Grammar = {
    readonly HEAPU8: Uint8Array<ArrayBuffer>;
    readonly _malloc: (bytes: number) => number;
    readonly _free: (at: number) => void;
    /** Parses the text that ends with a zero byte; gives the address of a PgQueryParseResult. */
    readonly _wasm_parse_query_raw: (text: number) => number;
    readonly _wasm_free_parse_result: (result: number) => void;
  };
  const load: () => Promise<Grammar>;
  // biome-ignore lint/style/noDefaultExport: this is the form that the package has
  export default load;
}

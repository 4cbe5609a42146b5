// Names that the revision 2026-07-28 reserves inside `_meta`; kept here so that nothing must load the SDK to know them.

/** Reserved prefix of MCP's own keys (specification, basic, "_meta"). */
export const reservedPrefix = 'io.modelcontextprotocol/';
export const protocolVersionKey = `${reservedPrefix}protocolVersion`;
export const clientInfoKey = `${reservedPrefix}clientInfo`;
export const clientCapabilitiesKey = `${reservedPrefix}clientCapabilities`;
export const logLevelKey = `${reservedPrefix}logLevel`;
export const serverInfoKey = `${reservedPrefix}serverInfo`;

/** The revision without initialize and sessions. */
export const modernRevision = '2026-07-28';

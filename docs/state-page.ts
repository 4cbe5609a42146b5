// Prints the page of state records from the table of collections.
import { collections } from '../src/store/collections.ts';

/** docs/reference/state-records.md */
export function stateRecordsPage(): string {
  const rows = Object.entries(collections).map(
    ([name, { id, record, life, owner }]) => `| \`${name}\` | ${id} | ${record} | ${life} | \`${owner}\` |`,
  );
  return `# State records

This page is printed from \`src/store/collections.ts\`. It names everything that the server keeps in its store (\`MCP_STATE_URL\`).

| collection | id | record | life | written by |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

Every backend tells collections apart (a folder, a column, the first part of a key), so the collection is the prefix that
an operator sees.

## How a record stands in the store

- **Key**: the SHA-256 of the collection, U+0000 and the id, as 64 hexadecimal digits. Tokens, codes and session ids are
  ids, so no store holds one; whoever reads a store cannot use what is in it. (Ids that can be guessed, such as a name,
  can be found by hashing guesses.)
- **Value**: \`sealed1.<name of the secret>.<nonce>.<content>\`, the parts after the first in base64url. The content is the
  record as JSON, encrypted with AES-256-GCM. Name of the secret, collection and key are its associated data, so a
  record that was moved, swapped or changed does not open. The key is derived by HKDF-SHA256 (RFC 5869) from one of
  \`MCP_STATE_SECRETS\` for this collection alone; the name of the secret is derived from it too and tells nothing of it.
- **Version**: another one after every write; it makes compare-and-set possible.
- **End of life**: in the clear, as the store needs it to forget the record.

A value that does not open is refused with \`STATE_UNREADABLE\` and left where it is; plaintext never opens. How to change secrets is in
[rotate keys](../how-to/rotate-keys.md), how to move everything in [move the state](../how-to/move-the-state.md).
`;
}

// What the quick lane remembers of envelopes. What it recognises is compared with the SDK in integration/quick-lane.
import { describe, expect, it } from 'vitest';
import { createQuickLane } from '../../../src/mcp/quick-lane.ts';
import { bindTools } from '../../../src/mcp/tool-book.ts';
import { envelope, modern } from '../../support/mcp-messages.ts';

function countingLane() {
  const counted = { judged: 0 };
  const acceptsEnvelope = (): boolean => {
    counted.judged++;
    return true;
  };
  const recognise = createQuickLane(bindTools([]), { legacyRevisions: new Set(), acceptsEnvelope });
  const ask = (client: string) => {
    const key = 'io.modelcontextprotocol/clientInfo';
    const _meta = { ...envelope, [key]: { name: client, version: '1' } };
    return recognise(JSON.parse(modern('tools/list', { _meta })));
  };
  return { counted, ask };
}

describe('the quick lane', () => {
  it('asks once about an envelope that clients repeat', () => {
    const { counted, ask } = countingLane();
    for (let count = 0; count < 3; count++) expect(ask('claude')).toBeDefined();
    expect(counted.judged).toBe(1);
  });

  it('remembers no long envelope, so that nobody can fill the memory with them', () => {
    const { counted, ask } = countingLane();
    for (let count = 0; count < 3; count++) expect(ask('x'.repeat(100_000))).toBeDefined();
    expect(counted.judged).toBe(3);
  });
});

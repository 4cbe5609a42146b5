// The page that the demo prints: every line of it must be usable as it stands.
import { describe, expect, it } from 'vitest';
import { welcomeText } from '../../../src/demo/welcome.ts';

const text = welcomeText({
  url: 'http://127.0.0.1:8123/mcp',
  token: 'tok_abc',
  questions: ['Which one?', 'How many?', 'Since when?'],
});

describe('welcomeText', () => {
  it('has a claude mcp add line that needs no editing', () => {
    expect(text).toContain(
      'claude mcp add --transport http fleet http://127.0.0.1:8123/mcp --header "Authorization: Bearer tok_abc"\n',
    );
  });

  it('has an mcp.json snippet that parses and carries URL and token', () => {
    const json = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1);
    expect(JSON.parse(json)).toEqual({
      mcpServers: {
        fleet: {
          type: 'http',
          url: 'http://127.0.0.1:8123/mcp',
          headers: { Authorization: 'Bearer tok_abc' },
        },
      },
    });
  });

  it('lists the questions, numbered', () => {
    expect(text).toContain('  1. Which one?\n  2. How many?\n  3. Since when?\n');
  });
});

// The page for people: what it shows, and that nothing in it runs.
import { describe, expect, it } from 'vitest';
import { connectPage } from '../../../src/http/connect-page.ts';

describe('connectPage', () => {
  it('shows the endpoint in a command and in an mcp.json', () => {
    const page = connectPage('https://analytics.example.com/mcp');
    expect(page).toContain('claude mcp add --transport http analytics https://analytics.example.com/mcp');
    expect(page).toContain('"url": "https://analytics.example.com/mcp"');
  });

  it('runs no script and lets no address become markup', () => {
    const page = connectPage('https://x/"><script>alert(1)</script>');
    expect(page).not.toMatch(/<script/);
  });
});

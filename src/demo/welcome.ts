// Writes what a newcomer reads when the demo is up; it prints nothing and starts nothing.

/** What the demo is reached by. */
export type WelcomeFacts = {
  /** URL of the MCP endpoint, for example http://127.0.0.1:8080/mcp. */
  readonly url: string;
  readonly token: string;
  readonly questions: readonly string[];
};

/** The page: address, token, the line for Claude Code, the snippet for other clients, questions to ask. */
export function welcomeText({ url, token, questions }: WelcomeFacts): string {
  return `
pg-analytics-mcp demo: a fleet of vehicles in a real PostgreSQL, read-only

  URL    ${url}
  Token  ${token}

Claude Code:

  claude mcp add --transport http fleet ${url} --header "Authorization: Bearer ${token}"

Any other client, in mcp.json:

${indent(mcpJson(url, token))}

Then ask:

${questions.map((question, index) => `  ${index + 1}. ${question}`).join('\n')}

Ctrl-C ends it and leaves nothing behind.
`;
}

function mcpJson(url: string, token: string): string {
  const entry = { type: 'http', url, headers: { Authorization: `Bearer ${token}` } };
  return JSON.stringify({ mcpServers: { fleet: entry } }, null, 2);
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}

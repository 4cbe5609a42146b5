// The page at `/` for people who open the server's address in a browser; it names nothing that is not public.
import { escapeHtml } from './html.ts';

/** HTML that says how to connect a client to the MCP endpoint at `url`; `signsIn`: analysts sign in by OAuth. */
export function connectPage(url: string, signsIn = false): string {
  const endpoint = escapeHtml(url);
  const intro = signsIn ? signInIntro(endpoint) : tokenIntro(endpoint);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>pg-analytics-mcp</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}pre{padding:.8rem;overflow-x:auto;border:1px solid #8884;border-radius:.4rem}</style>
</head>
<body>
<h1>pg-analytics-mcp</h1>
<p>Ask questions of a PostgreSQL database through an assistant that speaks the Model Context Protocol. Everything here only reads.</p>
${intro}
<h2>Claude Code</h2>
<pre>claude mcp add --transport http analytics ${endpoint} --header "Authorization: Bearer YOUR_TOKEN"</pre>
<h2>Any client with an mcp.json</h2>
<pre>{
  "mcpServers": {
    "analytics": {
      "type": "http",
      "url": "${endpoint}",
      "headers": { "Authorization": "Bearer YOUR_TOKEN" }
    }
  }
}</pre>
</body>
</html>
`;
}

function tokenIntro(endpoint: string): string {
  return `<p>The endpoint is <code>${endpoint}</code>. You need a token; the operator of this server gives you one.</p>`;
}

function signInIntro(endpoint: string): string {
  return `<h2>Claude</h2>
<p>In Claude, open Settings, Connectors, Add custom connector, and paste <code>${endpoint}</code>. Choose Connect; a page of this server asks you to sign in, and then what Claude may do.</p>
<p>In Claude Code: <code>claude mcp add --transport http analytics ${endpoint}</code>, then <code>/mcp</code>.</p>
<p>Programs that cannot sign in use a token, which the operator of this server gives you:</p>`;
}

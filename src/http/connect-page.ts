// The page at `/` for people who open the server's address in a browser; it names nothing that is not public.

/** HTML that says how to connect a client to the MCP endpoint at `url`. */
export function connectPage(url: string): string {
  const endpoint = escapeHtml(url);
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
<p>The endpoint is <code>${endpoint}</code>. You need a token; the operator of this server gives you one.</p>
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

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

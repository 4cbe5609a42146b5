// Prints the reference pages from the tables in the source: `pnpm run docs` writes them, a test compares them.
import { writeFileSync } from 'node:fs';
import { errorCatalogue } from '../src/base/error-catalogue.ts';
import { exitMeanings } from '../src/cli/command.ts';
import { commands } from '../src/cli/commands.ts';
import { commandHelp, programHelp } from '../src/cli/help.ts';
import { configurationPage, environmentExample } from '../src/config/print-options.ts';
import { createMetrics } from '../src/observe/metrics.ts';
import { stateRecordsPage } from './state-page.ts';
import { sqlRulesPage, toolsPage } from './tools-page.ts';

/** Every printed page by its path from the root. */
export async function printedPages(): Promise<Readonly<Record<string, string>>> {
  return {
    '.env.example': environmentExample(),
    'docs/reference/configuration.md': configurationPage(),
    'docs/reference/errors.md': errorsPage(),
    'docs/reference/metrics.md': metricsPage(),
    'docs/reference/cli.md': await commandLinePage(),
    'docs/reference/tools.md': toolsPage(),
    'docs/reference/sql-rules.md': sqlRulesPage(),
    'docs/reference/state-records.md': stateRecordsPage(),
  };
}

const stages: readonly (readonly [prefix: string, title: string])[] = [
  ['GUARD_', 'Refused by the guard, before any connection is taken'],
  ['DB_', 'Said by Postgres, or met on the way to it'],
  ['LIMIT_', 'A limit of the server'],
  ['INPUT_', 'The arguments of a call'],
  ['QUEUE_', 'The wait for a connection'],
  ['STATE_', 'The store of the server’s state'],
  ['SIGN_IN_', 'The pages where analysts sign in'],
  ['DOOR_', 'HTTP'],
  ['', 'Everything else'],
];

function errorsPage(): string {
  const left = new Set(Object.keys(errorCatalogue));
  const parts = stages.map(([prefix, title]) => {
    const codes = [...left].filter((code) => code.startsWith(prefix));
    for (const code of codes) left.delete(code);
    const rows = codes.map((code) => {
      const { means, solve, retryable, httpStatus } = errorCatalogue[code as keyof typeof errorCatalogue];
      return `| \`${code}\` | ${cell(means)} | ${cell(solve)} | ${retryable ? 'yes' : 'no'} | ${httpStatus} |`;
    });
    return `## ${title}\n\n| code | means | how to solve | retry | status |\n| --- | --- | --- | --- | --- |\n${rows.join('\n')}`;
  });
  return `# Errors

This page is printed from \`src/base/error-catalogue.ts\`.

A refused or failed call answers \`isError: true\`. Its text begins with the code, then one line of what happened, the
SQLSTATE where there is one, the line of SQL with a caret under the place, and a hint computed for the case. "Retry"
means that the same request may succeed later unchanged. The status is that of HTTP where the error ends a request at
the door; errors of tools are answered with 200, as the protocol wants.

${parts.join('\n\n')}
`;
}

function metricsPage(): string {
  const rows = createMetrics().all.map(
    ({ name, type, label, help }) =>
      `| \`${name}\` | ${type} | ${label === undefined ? '' : `\`${label}\``} | ${cell(help)} |`,
  );
  return `# Metrics

This page is printed from \`src/observe/metrics.ts\`.

\`GET /metrics\` on the admin listener (\`MCP_ADMIN_PORT\`) answers in Prometheus' text format. No label holds an analyst,
an address or SQL, and a label with more than 100 values folds the rest into \`other\`.

| metric | type | label | meaning |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}

async function commandLinePage(): Promise<string> {
  const parts = [`## pg-analytics-mcp\n\n${block(programHelp(commands))}`];
  for (const { name, load } of commands) {
    const help = commandHelp(await load(), 'see docs/reference/configuration.md');
    parts.push(`## ${name}\n\n${block(help)}`);
  }
  const codes = Object.entries(exitMeanings).map(([code, meaning]) => `| ${code} | ${meaning} |`);
  return `# Command line

This page is printed from \`src/cli/\`. The program is \`pg-analytics-mcp\`; the other pages write \`pgam\`, which is

- in a clone \`alias pgam='./node_modules/node/bin/node --env-file-if-exists=.env src/cli/main.ts'\` (Node 22.19 or later; the packages bring this one),
- beside a deployed server, with its settings, \`alias pgam='docker exec -i pg-analytics-mcp-1 node dist/cli/main.js'\`.

${parts.join('\n\n')}

## Exit codes

| code | meaning |
| --- | --- |
${codes.join('\n')}
`;
}

function block(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(await printedPages()))
    writeFileSync(new URL(`../${path}`, import.meta.url), text);
}

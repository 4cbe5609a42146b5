// The list of commands; a command's file is loaded only when it is asked for.
import type { Command } from './command.ts';

/** A command that is not loaded yet. */
export type CommandEntry = Pick<Command, 'name' | 'summary'> & { readonly load: () => Promise<Command> };

const entry = (
  name: string,
  summary: string,
  load: () => Promise<{ readonly command: Command }>,
): CommandEntry => ({ name, summary, load: async () => (await load()).command });

/** Every command, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  entry('serve', 'serve MCP over HTTP', () => import('./serve.ts')),
  entry('stdio', 'serve MCP over standard input and output', () => import('./stdio.ts')),
  entry(
    'demo',
    'try it: a real Postgres with fleet data, and the server in front of it',
    () => import('./demo.ts'),
  ),
  entry('check', 'find out whether everything is in order', () => import('./check.ts')),
  entry('token', 'make a token for an analyst', () => import('./token.ts')),
  entry('role', 'print the SQL script that makes the read-only role', () => import('./role.ts')),
  entry('state', 'copy, export, import, reseal or sweep the state', () => import('./state.ts')),
  entry(
    'config',
    'print the effective configuration and where each value came from',
    () => import('./config.ts'),
  ),
];

// The command that makes a token for an analyst; it prints the token once and keeps nothing.
import type { Command } from './command.ts';
import { exitCodes } from './command.ts';
import { misused } from './read-arguments.ts';

/** `pg-analytics-mcp token NAME` */
export const command: Command = {
  name: 'token',
  summary: 'make a token for an analyst',
  about:
    'Makes a token for an analyst. The token goes to the analyst and is shown only now; the line with its digest goes\ninto the file that MCP_TOKENS_FILE names.',
  options: [
    {
      name: 'line-only',
      meaning: 'print the line for the file to standard output and the token to standard error',
    },
  ],
  positional: 'NAME',
  run: async (given, world) => {
    const name = given.positionals[0];
    if (name === undefined) throw misused(command, 'the name of the analyst is missing');
    const { mintToken } = await import('../auth/mint-token.ts');
    const { token, line } = mintToken(name);
    if (given.switches.has('line-only')) {
      world.err(token);
      world.out(line);
      return exitCodes.ok;
    }
    world.out(`Token for ${name}, also the key to sign in with, shown only this once:\n\n  ${token}\n`);
    world.out(`Line for the file that MCP_TOKENS_FILE names:\n\n  ${line}`);
    return exitCodes.ok;
  },
};

// The command that copies, exports, imports, reseals and sweeps the state; servers may use it meanwhile.
import { parseStoreUrl } from '../base/store-url.ts';
import {
  type Command,
  configurationOptions,
  exitCodes,
  type GivenArguments,
  lastValue,
  type World,
} from './command.ts';
import { overridesOf } from './configured.ts';
import { misused } from './read-arguments.ts';
import type { StateRequest } from './state-actions.ts';

/** What can be done, and the options that each action takes beside those of the configuration. */
const actions: Readonly<Record<string, readonly string[]>> = {
  copy: ['from', 'to', 'follow'],
  export: ['from', 'file'],
  import: ['to', 'file'],
  reseal: [],
  sweep: [],
};

/** `pg-analytics-mcp state ACTION` */
export const command: Command = {
  name: 'state',
  summary: 'copy, export, import, reseal or sweep the state',
  about: [
    'Works on the state of the server while servers use it. ACTION is one of:',
    '',
    '  copy    copy every record to another store; what a server has written there is never overwritten',
    '  export  write every record, sealed as it is, as lines of JSON',
    '  import  put the records of an export where they are missing',
    '  reseal  seal every record with the first of MCP_STATE_SECRETS',
    '  sweep   remove what has expired, which servers do from time to time too',
    '',
    'Every action can be interrupted and repeated. A URL is one as in MCP_STATE_URL, or @FILE for a file that holds it, so',
    'that a password does not show in the list of processes. Progress goes to standard error.',
  ].join('\n'),
  options: [
    ...configurationOptions,
    { name: 'from', argument: 'URL', meaning: 'the store to read (MCP_STATE_URL where it is left out)' },
    { name: 'to', argument: 'URL', meaning: 'the store to write (MCP_STATE_URL where it is left out)' },
    { name: 'file', argument: 'FILE', meaning: 'the export (standard output or input where it is left out)' },
    { name: 'follow', meaning: 'go on copying what changes until SIGINT or SIGTERM' },
  ],
  positional: 'ACTION',
  run: async (given, world) => {
    const action = given.positionals[0] ?? '';
    if (!Object.hasOwn(actions, action))
      throw misused(command, action === '' ? 'the action is missing' : `unknown action "${action}"`);
    refuseStrangers(action, given);
    const stop = new AbortController();
    world.onSignal(['SIGINT', 'SIGTERM'], () => {
      if (stop.signal.aborted) process.exit(exitCodes.failure);
      stop.abort();
    });
    const request = await requestOf(given, world, stop.signal);
    if (action === 'copy' && request.from === request.to)
      throw misused(
        command,
        given.values.has('from') || given.values.has('to')
          ? '--from and --to name the same store'
          : 'copy needs --to, the store to write',
      );
    const { stateActions } = await import('./state-actions.ts');
    const run = stateActions[action as keyof typeof stateActions];
    return run(request, world);
  },
};

function refuseStrangers(action: string, given: GivenArguments): void {
  const taken = actions[action] ?? [];
  for (const name of ['from', 'to', 'file', 'follow'])
    if (!taken.includes(name) && (given.values.has(name) || given.switches.has(name)))
      throw misused(command, `${action} takes no --${name}`);
}

async function requestOf(given: GivenArguments, world: World, signal: AbortSignal): Promise<StateRequest> {
  const { openOptionFile } = await import('../app/configure.ts');
  const { readOptions } = await import('../config/read-options.ts');
  const { invalidConfiguration } = await import('../config/load-configuration.ts');
  const { stateOf } = await import('../config/state-options.ts');
  const { surroundings } = world;
  const file = await openOptionFile({ surroundings, filePath: lastValue(given, 'config') });
  const read = readOptions({ ...surroundings, file, overrides: overridesOf(command, given) });
  // Other options are the server's own matter: state can be moved while the database's are not known.
  const problems = read.problems.filter(({ name }) => name.startsWith('MCP_STATE'));
  if (problems.length > 0) throw invalidConfiguration(problems);
  const state = stateOf(surroundings, read.values);
  return {
    state,
    from: urlOf('from', given, world) ?? state.url,
    to: urlOf('to', given, world) ?? state.url,
    file: lastValue(given, 'file'),
    follow: given.switches.has('follow'),
    signal,
  };
}

function urlOf(option: string, given: GivenArguments, { surroundings }: World): string | undefined {
  const text = lastValue(given, option);
  if (text === undefined) return undefined;
  const url = text.startsWith('@') ? contentOf(text.slice(1), surroundings) : text;
  const parsed = parseStoreUrl(url);
  if ('reason' in parsed) throw misused(command, `--${option} ${parsed.reason}`);
  return url;
}

function contentOf(path: string, { readFile }: World['surroundings']): string {
  try {
    return readFile(path).trim();
  } catch {
    throw misused(command, `the file "${path}" cannot be read`);
  }
}

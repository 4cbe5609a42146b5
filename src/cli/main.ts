#!/usr/bin/env node
// The front door: finds the command, runs it, turns its end into an exit code. It loads nothing that a command may not need.
import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { ErrorCode } from '../base/error-catalogue.ts';
import { CodedError, errorText, toCodedError } from '../base/errors.ts';
import { nearestName } from '../base/nearest-name.ts';
import { processSurroundings } from '../config/environment.ts';
import { type Command, exitCodes, type World } from './command.ts';
import { commands } from './commands.ts';
import { commandHelp, programHelp } from './help.ts';
import { keepTickShape, spareMemory } from './memory-at-start.ts';
import { readArguments } from './read-arguments.ts';

const world: World = {
  surroundings: processSurroundings(),
  out: (text) => {
    // Whoever read the output has left, as `head` does: there is nobody to tell the rest, or that it was not told.
    if (process.stdout.listenerCount('error') === 0)
      process.stdout.on('error', () => process.exit(exitCodes.failure));
    process.stdout.write(`${text}\n`);
  },
  err: (text) => process.stderr.write(`${text}\n`),
  onSignal: (signals, react) => {
    for (const signal of signals) process.on(signal, react);
  },
};

/** Exit codes of failures that are not just failures. */
const exitCodeOf: Partial<Record<ErrorCode, number>> = {
  CONFIG_INVALID: exitCodes.configuration,
  INPUT_INVALID: exitCodes.usage,
  START_FAILED: exitCodes.startFailed,
};

/** How long open handles may keep the process after its command has ended. */
const lingerMs = 2_000;

// Halves the start: stripped and compiled code is kept beside the packages, where whoever could plant code could change
// the packages as well. The folder is not the usual one below the temp directory, which others could have made.
enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url)));

spareMemory();
keepTickShape();
process.exitCode = await main(process.argv.slice(2));
setTimeout(() => process.exit(), lingerMs).unref();

async function main(words: readonly string[]): Promise<number> {
  try {
    return await runCommand(words);
  } catch (error) {
    const coded = toCodedError(error);
    world.err(await failureText(coded));
    return exitCodeOf[coded.code] ?? exitCodes.failure;
  }
}

async function runCommand([name, ...words]: readonly string[]): Promise<number> {
  if (name === '--version' || name === '-v') {
    world.out(version());
    return exitCodes.ok;
  }
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    (name === undefined ? world.err : world.out)(programHelp(commands));
    return name === undefined ? exitCodes.usage : exitCodes.ok;
  }
  const command = await findCommand(name);
  const given = readArguments(command, words);
  if (!given.switches.has('help')) return command.run(given, world);
  const { optionHelp } = await import('../config/print-options.ts');
  world.out(commandHelp(command, optionHelp()));
  return exitCodes.ok;
}

async function findCommand(name: string): Promise<Command> {
  const entry = commands.find((known) => known.name === name);
  if (entry !== undefined) return entry.load();
  const nearest = nearestName(
    name,
    commands.map((known) => known.name),
  );
  throw new CodedError('INPUT_INVALID', `unknown command "${name}"`, {
    hint:
      nearest === undefined ? 'Run pg-analytics-mcp --help for the commands.' : `Did you mean ${nearest}?`,
  });
}

async function failureText(error: CodedError): Promise<string> {
  if (error.facts.problems !== undefined) return (await import('./configured.ts')).problemText(error);
  const forOperator = error.facts.logDetail;
  if (error.code === 'START_FAILED' && !isDebugged()) return `${error.code}: ${error.message}`;
  return forOperator === undefined ? errorText(error) : `${errorText(error)}\n\n${forOperator}`;
}

/** Whether the operator has asked to see everything. */
function isDebugged(): boolean {
  return ['debug', 'trace'].includes(world.surroundings.env['LOG_LEVEL'] ?? '');
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

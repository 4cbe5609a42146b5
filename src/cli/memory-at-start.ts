// Makes V8 spare memory while the program starts, for what only a busy server is worth it, and lose nothing that it has
// learned then; it changes nothing else.
import { executionAsyncResource } from 'node:async_hooks';
import { setFlagsFromString } from 'node:v8';

/**
 * Before anything is loaded. The young generation would double with every wave of modules and stay that large (10 MB),
 * and both optimising compilers would be brought into memory for functions that run once (9 MB).
 */
export function spareMemory(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--no-opt');
  setFlagsFromString('--no-maglev');
}

/**
 * Once a server runs: V8's own defaults, because under load all of it is worth its memory; and both compilers begin
 * after a fraction of the calls that V8 waits for, since a server runs the same few functions with every request.
 */
export function spendMemory(): void {
  setFlagsFromString('--invocation-count-for-maglev=100');
  setFlagsFromString('--invocation-count-for-turbofan=1000');
  setFlagsFromString('--semi-space-growth-factor=2');
  setFlagsFromString('--opt');
  setFlagsFromString('--maglev');
}

/** What V8 would forget if nothing held it. */
const held: object[] = [];

/**
 * Holds one of the objects that Node makes for each `process.nextTick`. A garbage collection that finds none alive drops
 * their hidden class; V8 then takes the place in Node where they are made for one of many shapes (it checks the class of
 * the first, Runtime_DefineKeyedOwnPropertyInLiteral), and makes each of them, several a request, in its slow runtime: a
 * tenth of the time of a small query. Starting collects garbage; a server that has run warm already does not lose it.
 */
export function keepTickShape(): void {
  process.nextTick(() => {
    held.push(executionAsyncResource());
  });
}

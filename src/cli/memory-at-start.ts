// Makes V8 spare memory while the program starts, for what only a busy server is worth it; it changes nothing else.
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

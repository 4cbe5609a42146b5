// What a caller is told who names a tool or prompt that does not exist.
import { nearestName } from '../base/nearest-name.ts';
import { clipped } from '../base/printable.ts';

/** One line: the nearest of `names`, or all of them where none is near. */
export function unknownName(kind: 'tool' | 'prompt', name: string, names: readonly string[]): string {
  const near = nearestName(name, names);
  const known = near === undefined ? `; there are ${names.join(', ')}` : `, did you mean "${near}"?`;
  return `unknown ${kind} "${clipped(name, 64)}"${known}`;
}

// Writes the label of an enum so that it can be copied into SQL, whatever it holds.
import { printable } from '../base/printable.ts';

/** The label as SQL must write it, with what is not seen as an escape (manual, 4.1.2.2); it has 63 bytes at most. */
export function enumLabel(label: string): string {
  const quoted = label.replaceAll("'", "''");
  if (printable(label) === label) return `'${quoted}'`;
  const escaped = quoted.replaceAll('\\', '\\\\').replace(/[^\P{C}]|[\p{Zl}\p{Zp}]/gu, escapeOf);
  return `E'${escaped}'`;
}

function escapeOf(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  return point > 0xffff
    ? `\\U${point.toString(16).padStart(8, '0')}`
    : `\\u${point.toString(16).padStart(4, '0')}`;
}

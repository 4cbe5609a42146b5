// Small readers of libpg-query's parse tree, whose JSON has no types we could trust; they judge nothing.

/** One node's fields as the parser printed them. Absent means zero, false or empty (protobuf JSON). */
export type TreeNode = Readonly<Record<string, unknown>>;

/** The record, or undefined where the value is none. */
export function asNode(value: unknown): TreeNode | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as TreeNode)
    : undefined;
}

/** The list, or an empty one. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The fields of a wrapped node `{ Type: fields }` where it is of that type. */
export function nodeOf(value: unknown, type: string): TreeNode | undefined {
  const wrapper = asNode(value);
  return wrapper === undefined || !(type in wrapper) ? undefined : asNode(wrapper[type]);
}

/** The texts of a list of String nodes, as in funcname or names; a part that is no String becomes "*". */
export function nameParts(value: unknown): string[] {
  return asList(value).map((part) => String(nodeOf(part, 'String')?.['sval'] ?? '*'));
}

/** The text of a string literal, also where it is cast to text (no other cast keeps the text); else undefined. */
export function literalText(value: unknown): string | undefined {
  const cast = nodeOf(value, 'TypeCast');
  if (cast !== undefined) {
    const names = nameParts(asNode(cast['typeName'])?.['names']);
    return names.join('.') === 'text' ? literalText(cast['arg']) : undefined;
  }
  const text = asNode(nodeOf(value, 'A_Const')?.['sval']);
  return text === undefined ? undefined : String(text['sval'] ?? '');
}

/** Byte offset of a node, where it has one. */
export function locationOf(node: TreeNode | undefined): number | undefined {
  const location = node?.['location'];
  return typeof location === 'number' && location >= 0 ? location : undefined;
}

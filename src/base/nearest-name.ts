// Finds the name somebody probably meant; it knows nothing about what the names stand for.

/**
 * The nearest of `names` to `given` by edits (insert, delete, replace, swap of neighbours), case ignored, or undefined
 * where none is near enough: at most one edit per three characters, and never more than four.
 */
export function nearestName(given: string, names: Iterable<string>): string | undefined {
  const wanted = given.toLowerCase();
  let limit = Math.min(4, Math.max(1, Math.floor(wanted.length / 3)));
  let nearest: string | undefined;
  for (const name of names) {
    const distance = editDistance(wanted, name.toLowerCase(), limit);
    if (distance <= limit) {
      nearest = name;
      limit = distance - 1;
    }
  }
  return nearest;
}

/** Edits between two texts (optimal string alignment); any result above `limit` only means "more than limit". */
export function editDistance(left: string, right: string, limit = Number.POSITIVE_INFINITY): number {
  if (Math.abs(left.length - right.length) > limit) return limit + 1;
  // Three rows of the table, each rewritten every third row: names are compared by the thousand.
  let beforeLast = new Uint16Array(right.length + 1);
  let last = Uint16Array.from(beforeLast, (_, column) => column);
  let current = new Uint16Array(right.length + 1);
  for (let row = 1; row <= left.length; row++) {
    if (fillRow(left, right, row, current, last, beforeLast) > limit) return limit + 1;
    [beforeLast, last, current] = [last, current, beforeLast];
  }
  return last[right.length] ?? 0;
}

/** Fills one row of the table and gives its least number. */
function fillRow(
  left: string,
  right: string,
  row: number,
  current: Uint16Array,
  last: Uint16Array,
  beforeLast: Uint16Array,
): number {
  const letter = left.charCodeAt(row - 1);
  const letterBefore = left.charCodeAt(row - 2);
  let before = row;
  let least = row;
  current[0] = row;
  for (let column = 1; column <= right.length; column++) {
    const other = right.charCodeAt(column - 1);
    const replaced = (last[column - 1] ?? 0) + (letter === other ? 0 : 1);
    let best = Math.min(replaced, (last[column] ?? 0) + 1, before + 1);
    const swapped =
      row > 1 && column > 1 && letterBefore === other && letter === right.charCodeAt(column - 2);
    if (swapped) best = Math.min(best, (beforeLast[column - 2] ?? 0) + 1);
    current[column] = best;
    before = best;
    if (best < least) least = best;
  }
  return least;
}

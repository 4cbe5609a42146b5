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
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = nextRow(left, right, row, last, beforeLast);
    if (Math.min(...current) > limit) return limit + 1;
    beforeLast = last;
    last = current;
  }
  return last[right.length] ?? 0;
}

function nextRow(left: string, right: string, row: number, last: number[], beforeLast: number[]): number[] {
  const current = [row];
  for (let column = 1; column <= right.length; column++) {
    const same = left[row - 1] === right[column - 1];
    const replace = (last[column - 1] ?? 0) + (same ? 0 : 1);
    let best = Math.min(replace, (last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1);
    const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
    if (row > 1 && column > 1 && swapped) best = Math.min(best, (beforeLast[column - 2] ?? 0) + 1);
    current.push(best);
  }
  return current;
}

// Counts the lines that came in, blank ones aside. The SDK passes over a line that is not JSON without a word, so what
// came in and was told by nobody is the only sign of one.

const newline = 0x0a;
const blanks = new Set([0x09, 0x0d, 0x20]);

/** Gives for each chunk how many lines that hold something ended in it. */
export function lineCounter(): (chunk: Uint8Array) => number {
  let holdsSomething = false;
  return (chunk) => {
    let lines = 0;
    for (const byte of chunk) {
      if (byte !== newline) holdsSomething ||= !blanks.has(byte);
      else {
        if (holdsSomething) lines++;
        holdsSomething = false;
      }
    }
    return lines;
  };
}

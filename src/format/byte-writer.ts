// A growing run of bytes that can be cut back to an earlier length; it never shrinks its room while it is filled.

const firstRoom = 256;

export class ByteWriter {
  bytes: Buffer = Buffer.allocUnsafe(firstRoom);
  length = 0;

  /** Makes sure that `more` bytes fit behind `length`, so that a caller may write into `bytes` directly. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed > this.bytes.length) this.#grow(needed);
  }

  /** One byte more; there must be room. */
  put(byte: number): void {
    this.bytes[this.length++] = byte;
  }

  /** A few bytes more; there must be room. */
  putAll(few: Buffer): void {
    for (let at = 0; at < few.length; at++) this.bytes[this.length++] = few[at] ?? 0;
  }

  content(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}

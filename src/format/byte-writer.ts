// A growing run of bytes that can be cut back to an earlier length; it never shrinks its room while it is filled.

const firstRoom = 1_024;

export class ByteWriter {
  bytes: Buffer = Buffer.allocUnsafe(firstRoom);
  length = 0;

  /** Makes sure that `more` bytes fit behind `length`, so that a caller may write into `bytes` directly. */
  reserve(more: number): Buffer {
    const needed = this.length + more;
    if (needed > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
    return this.bytes;
  }

  writeByte(byte: number): void {
    this.reserve(1)[this.length++] = byte;
  }

  writeText(text: string): void {
    this.reserve(text.length * 3);
    this.length += this.bytes.write(text, this.length, 'utf8');
  }

  content(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}

// The names of the machine itself, as hosts in URLs and headers.

/** By these names pages and programs of the machine itself are reached (RFC 8252, section 7.3); never another site's. */
export const loopbackNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether what listens at `host` is reached from the machine itself only; the whole of 127.0.0.0/8 is (RFC 1122, section 3.2.1.3). */
export function isLoopback(host: string): boolean {
  return loopbackNames.has(host) || host === '::1' || /^127\.[\d.]+$/.test(host);
}

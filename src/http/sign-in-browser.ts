// Tells browsers apart by a cookie, and proves that a form or link came from a page that this browser was shown.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** The browser of a request. */
export type Browser = {
  /** The secret of its cookie; where it sent none, the one it is given with the answer. */
  readonly secret: string;
  readonly isNew: boolean;
};

/** Cookies and form tokens of one server. */
export type Browsers = {
  readonly of: (request: FastifyRequest) => Browser;
  /** Gives the browser its cookie, for one more hour. */
  readonly mark: (reply: FastifyReply, browser: Browser) => void;
  /** Good for one sign-in in one browser; `shown` is the subject that the page showed. */
  readonly formToken: (browser: Browser, id: string, shown?: string) => string;
  readonly isFormToken: (token: string | undefined, browser: Browser, id: string, shown?: string) => boolean;
};

const lifeSeconds = 3_600;

/**
 * The first of `keys` signs form tokens, all of them verify. Over https the cookie has the prefix __Host- (RFC 6265bis, section 4.1.3), so that no other
 * host can plant one. SameSite=Lax: the identity provider sends the browser back with a top-level GET.
 */
export function createBrowsers(keys: readonly Uint8Array[], isHttps: boolean): Browsers {
  const name = isHttps ? '__Host-pgam-browser' : 'pgam-browser';
  const attributes = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${lifeSeconds}${isHttps ? '; Secure' : ''}`;
  const tokens = ({ secret }: Browser, id: string, shown = ''): readonly string[] => {
    const content = JSON.stringify([secret, id, shown]);
    return keys.map((key) => createHmac('sha256', key).update(content).digest('base64url'));
  };
  return {
    of: ({ headers }) => {
      const secret = cookieOf(headers.cookie, name);
      return { secret: secret ?? randomBytes(32).toString('base64url'), isNew: secret === undefined };
    },
    mark: (reply, { secret }) => {
      reply.header('set-cookie', `${name}=${secret}; ${attributes}`);
    },
    formToken: (browser, id, shown) => tokens(browser, id, shown)[0] ?? '',
    isFormToken: (token, browser, id, shown) =>
      !browser.isNew && tokens(browser, id, shown).some((expected) => isSame(expected, token ?? '')),
  };
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const [key, value = ''] = pair.trim().split('=', 2);
    if (key === name && /^[\w-]{43}$/.test(value)) return value;
  }
  return undefined;
}

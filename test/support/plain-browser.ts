// A browser without script and without pictures: it keeps cookies, follows nothing by itself, and sends forms and links.

/** What the browser shows. */
export type Shown = {
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
  /** Where it is sent on to, by a redirect or by the header Refresh. */
  readonly location: string | undefined;
};

/** One browser with cookies of its own. */
export type PlainBrowser = {
  readonly cookies: Map<string, string>;
  readonly get: (url: string) => Promise<Shown>;
  readonly post: (
    url: string,
    fields: Record<string, string>,
    headers?: Record<string, string>,
  ) => Promise<Shown>;
};

/** A browser that has been nowhere yet. */
export function plainBrowser(): PlainBrowser {
  const cookies = new Map<string, string>();
  const send = async (url: string, init: RequestInit): Promise<Shown> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...(init.headers as Record<string, string>), ...(cookie === '' ? {} : { cookie }) };
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const [name = '', value = ''] = pair.split('=');
      cookies.set(name, value);
    }
    return {
      status: response.status,
      headers: response.headers,
      html: await response.text(),
      location: response.headers.get('location') ?? refreshOf(response.headers),
    };
  };
  return {
    cookies,
    get: (url) => send(url, {}),
    post: (url, fields, headers = {}) =>
      send(url, { method: 'POST', headers, body: new URLSearchParams(fields) }),
  };
}

function refreshOf(headers: Headers): string | undefined {
  return /^0;url=(.+)$/.exec(headers.get('refresh') ?? '')?.[1];
}

/** The hidden fields of the form of a page. */
export function hiddenFields(html: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [, name, value] of html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g))
    if (name !== undefined && value !== undefined) fields[name] = unescaped(value);
  return fields;
}

/** The address of the link with that text. */
export function linkOf(html: string, text: string): string {
  for (const [, href, label] of html.matchAll(/<a [^>]*?href="([^"]+)"[^>]*>([^<]*)<\/a>/g))
    if (label?.includes(text) === true && href !== undefined) return unescaped(href);
  throw new Error(`no link "${text}"`);
}

/** The words of a page as a person reads them. */
export function wordsOf(html: string): string {
  const text = html.replace(/<(style|title)>[\s\S]*?<\/\1>/g, '').replace(/<[^>]+>/g, ' ');
  return unescaped(text).replace(/\s+/g, ' ').trim();
}

function unescaped(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}

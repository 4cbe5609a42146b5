// Goes through the sign-in pages as an analyst with a key does: from the URL that a client opens to the URL it waits for.
import { hiddenFields, type PlainBrowser, plainBrowser } from './plain-browser.ts';

const mostSteps = 12;

/** The URL of the client that the browser ends at; throws where it comes to a page without a form. */
export async function signInWithKey(
  start: string | URL,
  key: string,
  browser: PlainBrowser = plainBrowser(),
): Promise<URL> {
  let at = new URL(start);
  const { origin } = at;
  for (let step = 0; step < mostSteps; step += 1) {
    let shown = await browser.get(at.href);
    if (shown.location === undefined) {
      const fields = hiddenFields(shown.html);
      const answer = 'account' in fields ? { step: 'allow' } : { step: 'key', key };
      if (shown.status !== 200 || !('form' in fields))
        throw new Error(`${shown.status} at ${at.pathname}: ${shown.html}`);
      shown = await browser.post(at.href, { ...fields, ...answer }, { origin });
    }
    if (shown.location === undefined)
      throw new Error(`${shown.status} after the form of ${at.pathname}: ${shown.html}`);
    at = new URL(shown.location, at);
    if (at.origin !== origin) return at;
  }
  throw new Error(`the browser is still at ${at.href}`);
}

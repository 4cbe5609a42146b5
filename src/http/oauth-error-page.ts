// The page for an authorization request that cannot go on and cannot be answered to its client either: says so in a browser.
import { html } from './html.ts';
import { icons, signInPage } from './sign-in-layout.ts';

/** What is shown: nothing of the inside. */
export type OauthProblem = { readonly code: string; readonly message: string; readonly hint: string };

/** A page at `site`, the host that the browser is at. */
export function oauthErrorPage(site: string, { code, message, hint }: OauthProblem): string {
  const content = html`<div role="alert"><h1>The connection cannot be made</h1>
<p class="lede">The application’s request was not answered: ${message}.</p></div>
<div class="note">${icons.warning}<p>${hint}</p></div>
<p class="fine">Code for whoever helps you: <code>${code}</code></p>`;
  return signInPage(`The connection cannot be made – ${site}`, site, content);
}

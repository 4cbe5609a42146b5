// The pages on which a person signs in and answers: who asks, where the answer goes, what it allows, and as whom.
import type { PendingAuthorization } from '../auth/authorization/pending-authorization.ts';
import type { Account } from '../auth/sign-in/account.ts';
import type { SignIn, SignInAnswer } from '../auth/sign-in/sign-in.ts';
import { type Html, html } from './html.ts';
import { icons, signInPage } from './sign-in-layout.ts';

/** What every page needs: the host it is at, its own path, and the tokens that its form and its links carry. */
export type PageFacts = {
  readonly site: string;
  readonly path: string;
  readonly formToken: string;
  readonly linkToken: string;
  readonly request: PendingAuthorization;
};

const closeIt = 'Not what you expected? Close this page, and nothing will be shared.';

/** The first page: who asks, and how to sign in. `problem` is what was wrong with the key that was given. */
export function signInStart(
  facts: PageFacts,
  ways: Pick<SignIn, 'acceptsKeys' | 'provider'>,
  problem?: string,
): string {
  const { client } = facts.request;
  const content = html`<h1>Connect ${client.name} to the analytics database</h1>
<p class="lede">Sign in first. You will see who you are signed in as before anything is allowed.</p>
${requestFacts(facts.request)}
${warningOf(facts.request)}
${ways.provider === undefined ? undefined : providerLink(facts, ways.provider.label)}
${ways.provider !== undefined && ways.acceptsKeys ? html`<p class="or">or</p>` : undefined}
${ways.acceptsKeys ? keyForm(facts, ways.provider === undefined, problem) : undefined}
${cancelLink(facts)}`;
  const title = problem === undefined ? 'Sign in' : 'Error: sign in';
  return signInPage(`${title} – ${facts.site}`, facts.site, content, closeIt);
}

/** The last page: who signed in, and the answer. */
export function signInConsent(facts: PageFacts, account: Account): string {
  const { client } = facts.request;
  const content = html`<h1>Allow ${client.name} to query as you?</h1>
<p class="lede">Allow it only if you have just started this in ${client.name} yourself.</p>
${identityOf(facts, account)}
${requestFacts(facts.request)}
${permissions(facts.request)}
${warningOf(facts.request)}
<form method="post" action="${facts.path}">
<input type="hidden" name="form" value="${facts.formToken}">
<input type="hidden" name="account" value="${account.subject}">
<button class="button primary" name="step" value="allow">Allow</button>
</form>
${cancelLink(facts)}`;
  return signInPage(`Allow ${client.name}? – ${facts.site}`, facts.site, content, closeIt);
}

/** The page after the answer. The browser leaves it at once; it takes the buttons away from a second click, and has a link. */
export function signInLeaving(site: string, { url, clientName }: SignInAnswer, isAllowed: boolean): string {
  const title = isAllowed ? 'Allowed' : 'Nothing was allowed';
  const content = html`<h1>${title}</h1>
<p class="lede">Taking you back to ${clientName}.</p>
<a class="button primary" href="${url}">Go back to ${clientName}</a>`;
  return signInPage(`${title} – ${site}`, site, content);
}

function requestFacts({ client, redirectUri, isLoopback }: PendingAuthorization): Html {
  const { host, protocol } = new URL(redirectUri);
  const place = protocol === 'https:' || protocol === 'http:' ? host : protocol;
  const kind = isLoopback
    ? 'A program on this computer'
    : protocol === 'https:'
      ? 'A website'
      : 'An app on this device';
  return html`<dl>
<div><dt>Application</dt><dd>${client.name} <small${client.vouchedBy === 'itself' ? html` class="doubt"` : undefined}>${voucher(client)}</small></dd></div>
<div><dt>The answer goes to</dt><dd>${place} <small>${kind}</small></dd></div>
</dl>`;
}

function voucher({ id, vouchedBy }: PendingAuthorization['client']): string {
  if (vouchedBy === 'operator') return 'Registered by the operator of this server.';
  if (vouchedBy === 'itself') return 'It gave itself this name. Nobody has verified it.';
  return `The site ${URL.canParse(id) ? new URL(id).host : id} vouches for this name.`;
}

/** RFC 8252, section 8.6: any program on the computer can listen there and pose as the one that asked. */
function warningOf({ isLoopback, client }: PendingAuthorization): Html | undefined {
  if (!isLoopback) return undefined;
  return html`<div class="note">${icons.warning}<p><strong>The answer goes to a program on this computer.</strong> Go on only if you have just started ${client.name} here yourself, and not because a link or a message asked you to.</p></div>`;
}

function identityOf({ path, linkToken }: PageFacts, account: Account): Html {
  const more = account.email === undefined || account.email === account.name ? undefined : account.email;
  return html`<div class="who"><span class="face" aria-hidden="true">${initialOf(account.name)}</span><p><span class="label">Signed in as</span><strong>${account.name}</strong>${more === undefined ? undefined : html`<span class="more">${more}</span>`}<a href="${path}/again?form=${linkToken}">Use another account</a></p></div>`;
}

function initialOf(name: string): string {
  return (/[A-Za-z0-9]/.exec(name)?.[0] ?? '?').toUpperCase();
}

function permissions({ client, scopes }: PendingAuthorization): Html {
  const can = (text: string): Html => html`<li class="can">${icons.yes}<span>${text}</span></li>`;
  const cannot = (text: string): Html => html`<li class="cannot">${icons.no}<span>${text}</span></li>`;
  const measures = scopes.includes('analytics:analyze');
  return html`<section aria-labelledby="may"><h2 id="may">What ${client.name} may do</h2>
<ul>
${can('Read the database with queries, in your name')}
${measures ? can('Run a query just to measure how fast it is') : undefined}
${cannot('It cannot change, add or delete anything')}
${cannot('It never sees your password or key')}
</ul></section>`;
}

function providerLink({ path, linkToken }: PageFacts, label: string): Html {
  return html`<a class="button primary" href="${path}/provider?form=${linkToken}">Continue with ${label}</a>`;
}

function keyForm({ path, formToken }: PageFacts, isOnlyWay: boolean, problem: string | undefined): Html {
  const wrong = problem !== undefined;
  const described = wrong ? 'key-problem key-hint' : 'key-hint';
  const autofocus = wrong ? html` aria-invalid="true" autofocus` : undefined;
  return html`<form method="post" action="${path}">
<input type="hidden" name="form" value="${formToken}">
${wrong ? html`<div class="note bad" role="alert" id="key-problem">${icons.warning}<p>${problem}</p></div>` : undefined}
<input type="text" name="username" value="analyst key" autocomplete="username" hidden>
<label for="key">Your analyst key</label>
<p class="hint" id="key-hint">The operator of this server gave it to you. It usually begins with <code>pgam_</code>.</p>
<input id="key" name="key" type="password" required maxlength="1024" autocomplete="current-password" autocapitalize="none" spellcheck="false" aria-describedby="${described}"${autofocus}>
<button class="button ${isOnlyWay ? 'primary' : 'secondary'}" name="step" value="key">Continue</button>
</form>`;
}

function cancelLink({ path, linkToken }: PageFacts): Html {
  return html`<a class="button secondary" href="${path}/refuse?form=${linkToken}">Cancel</a>`;
}

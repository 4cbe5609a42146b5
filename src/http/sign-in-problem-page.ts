// Says in plain words why a sign-in did not work and what to do; of the inside it names the error's code, nothing else.

import type { ErrorCode } from '../base/error-catalogue.ts';
import type { CodedError } from '../base/errors.ts';
import { html } from './html.ts';
import { icons, signInPage } from './sign-in-layout.ts';

/** What a problem page may name. `again` is a path where the same sign-in can be tried once more. */
export type ProblemFacts = {
  readonly site: string;
  /** Whom to ask, as the operator says it. */
  readonly contact: string | undefined;
  readonly again?: string | undefined;
  /** Seconds after which it may work. */
  readonly waitSeconds?: number | undefined;
};

type Words = { readonly title: string; readonly text: string; readonly asksOperator?: boolean };

const startOver = 'Go back to the application and connect again.';

const words: Readonly<Partial<Record<ErrorCode, Words>>> = {
  SIGN_IN_EXPIRED: {
    title: 'This sign-in is over',
    text: `It took too long, or it was finished already. If the application is connected, all is well. If not: ${startOver.toLowerCase()}`,
  },
  SIGN_IN_OTHER_BROWSER: {
    title: 'This sign-in belongs to another browser',
    text: `It was begun in another browser, or this browser keeps no cookies for this site. If somebody sent you a link to this page, do not use it. Otherwise: ${startOver.toLowerCase()}`,
  },
  SIGN_IN_FORM: {
    title: 'The page was out of date',
    text: 'Something changed since it was shown, in another tab perhaps. Nothing was allowed. Look at it again, then answer.',
  },
  SIGN_IN_ATTEMPTS: {
    title: 'Too many keys were tried',
    text: 'To keep others from guessing, no more keys are taken for a while. Wait, then paste your key once more.',
    asksOperator: true,
  },
  SIGN_IN_REFUSED: {
    title: 'You are not signed in',
    text: 'The sign-in was cancelled or refused at your identity provider. Nothing was allowed.',
  },
  SIGN_IN_NOT_ALLOWED: {
    title: 'This account may not use the server',
    text: 'You are signed in with your identity provider, but this account is not among those that are allowed here.',
    asksOperator: true,
  },
  SIGN_IN_PROVIDER_UNAVAILABLE: {
    title: 'The identity provider does not answer',
    text: 'Your account could not be checked just now. This is not your fault.',
    asksOperator: true,
  },
  SIGN_IN_PROVIDER_ANSWER: {
    title: 'The sign-in could not be checked',
    text: `The identity provider’s answer did not fit. Nothing was allowed. ${startOver}`,
    asksOperator: true,
  },
  STATE_UNAVAILABLE: {
    title: 'The server cannot sign you in just now',
    text: 'It cannot keep track of sign-ins at the moment. Whoever is connected already can go on.',
    asksOperator: true,
  },
  DOOR_RATE_LIMITED: { title: 'Too many requests', text: 'Wait a little, then load the page again.' },
  SHUTTING_DOWN: { title: 'The server is restarting', text: 'Load the page again in a few seconds.' },
};

const unexpected: Words = {
  title: 'That did not work',
  text: `The server met a problem that it did not expect. ${startOver}`,
  asksOperator: true,
};

/** The page for an error; every code has words, those of the inside share one text. */
export function signInProblem(facts: ProblemFacts, error: CodedError): string {
  const { site, contact, again, waitSeconds } = facts;
  const { title, text, asksOperator } = words[error.code] ?? unexpected;
  const ask = asksOperator === true ? askWhom(contact) : undefined;
  const content = html`<div role="alert"><h1>${title}</h1>
<p class="lede">${text}</p></div>
${waitSeconds === undefined ? undefined : html`<p>You can try again in ${durationOf(waitSeconds)}.</p>`}
${ask === undefined ? undefined : html`<div class="note">${icons.warning}<p>${ask}</p></div>`}
${again === undefined ? undefined : html`<a class="button primary" href="${again}">Try again</a>`}
<p class="fine">Code for whoever helps you: <code>${error.code}</code></p>`;
  return signInPage(`${title} – ${site}`, site, content);
}

function askWhom(contact: string | undefined): string {
  return contact === undefined
    ? 'If it stays so, ask the operator of this server.'
    : `If it stays so, ask ${contact}.`;
}

function durationOf(seconds: number): string {
  if (seconds < 90) return `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`;
  return `${Math.ceil(seconds / 60)} minutes`;
}

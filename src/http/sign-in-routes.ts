// The routes of sign-in: reads forms and links, keeps guessers slow, and answers with pages. It decides nothing itself:
// who may do what is the business of the functions that are handed in.
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { SignIn, SignInAnswer, SignInView } from '../auth/sign-in/sign-in.ts';
import { CodedError, toCodedError } from '../base/errors.ts';
import type { Emit } from '../base/events.ts';
import { addressKey } from './checks.ts';
import { createRateLimit, type RateLimit } from './rate-limit.ts';
import { type Browser, type Browsers, createBrowsers } from './sign-in-browser.ts';
import { signInConsent, signInLeaving, signInStart } from './sign-in-pages.ts';
import { signInProblem } from './sign-in-problem-page.ts';
import { signInPolicy } from './sign-in-style.ts';

/** Where an authorization request is answered; the id of the request follows. */
export const signInPath = '/oauth/sign-in';

/** Where the identity provider sends the browser back to. */
export const callbackPath = '/oauth/callback';

/** What the routes need. */
export type SignInRoutes = {
  readonly signIn: SignIn;
  /** Under which browsers see the server, without a slash at the end. */
  readonly publicUrl: string;
  /** The first signs form tokens, all verify; the same on every replica. */
  readonly formKeys: readonly Uint8Array[];
  /** Whom people ask who are not let in. */
  readonly contact?: string | undefined;
  /** Wrong keys that one address may send in a minute, and within one sign-in. */
  readonly keyAttempts?: { readonly perAddress: number; readonly perSignIn: number } | undefined;
  readonly emit: Emit;
};

type Context = SignInRoutes & {
  readonly browsers: Browsers;
  readonly site: string;
  readonly perAddress: RateLimit;
  readonly perSignIn: RateLimit;
};

type Params = { readonly Params: { readonly id: string } };
type Linked = Params & { readonly Querystring: { readonly form?: string } };
type Posted = Params & { readonly Body: Readonly<Record<string, string>> | undefined };

const formLimitBytes = 16_384;

/** Registers the routes in a scope of their own, with forms for bodies and pages for errors. */
export function registerSignIn(app: FastifyInstance, routes: SignInRoutes): void {
  const { publicUrl, formKeys, keyAttempts = { perAddress: 10, perSignIn: 10 } } = routes;
  const { host, protocol } = new URL(publicUrl);
  const context: Context = {
    ...routes,
    browsers: createBrowsers(formKeys, protocol === 'https:'),
    site: host,
    perAddress: createRateLimit(keyAttempts.perAddress),
    perSignIn: createRateLimit(keyAttempts.perSignIn),
  };
  app.register(async (scope) => {
    readForms(scope);
    scope.setErrorHandler((error: FastifyError, request, reply) =>
      answerProblem(context, request, reply, error),
    );
    scope.get<Params>(`${signInPath}/:id`, (request, reply) => look(context, request, reply));
    scope.post<Posted>(`${signInPath}/:id`, (request, reply) => submit(context, request, reply));
    scope.get<Linked>(`${signInPath}/:id/provider`, (request, reply) => leave(context, request, reply));
    scope.get<Linked>(`${signInPath}/:id/again`, (request, reply) => restart(context, request, reply));
    scope.get<Linked>(`${signInPath}/:id/refuse`, (request, reply) => refuse(context, request, reply));
    scope.get(callbackPath, (request, reply) => comeBack(context, request, reply));
  });
}

function readForms(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser<string>(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: formLimitBytes },
    (_request, text, done) => done(null, Object.fromEntries(new URLSearchParams(text))),
  );
}

async function look(
  context: Context,
  request: FastifyRequest<Params>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const browser = context.browsers.of(request);
  const view = await context.signIn.look(request.params.id, browser.secret);
  context.browsers.mark(reply, browser);
  return showView(context, reply, browser, view);
}

function showView(
  context: Context,
  reply: FastifyReply,
  browser: Browser,
  { request, account }: SignInView,
  problem?: string,
): FastifyReply {
  const facts = {
    site: context.site,
    path: pathOf(context, request.id),
    formToken: context.browsers.formToken(browser, request.id, account?.subject),
    linkToken: context.browsers.formToken(browser, request.id),
    request,
  };
  if (account === undefined) return showPage(reply, signInStart(facts, context.signIn, problem));
  return showPage(reply, signInConsent(facts, account));
}

async function submit(
  context: Context,
  request: FastifyRequest<Posted>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { id } = request.params;
  const { form, step, account } = request.body ?? {};
  const browser = context.browsers.of(request);
  if (!context.browsers.isFormToken(form, browser, id, account)) throw notShown(browser);
  if (step === 'key') return submitKey(context, request, reply, browser);
  if (step !== 'allow' || account === undefined) throw notShown(browser);
  return showLeaving(context, reply, await context.signIn.allow(id, browser.secret, account), true);
}

async function submitKey(
  context: Context,
  request: FastifyRequest<Posted>,
  reply: FastifyReply,
  browser: Browser,
): Promise<FastifyReply> {
  const { id } = request.params;
  const view = await context.signIn.look(id, browser.secret);
  try {
    spendAttempt(context, request, id);
    await context.signIn.useKey(id, browser.secret, request.body?.['key'] ?? '');
    giveAttemptBack(context, request, id);
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'SIGN_IN_KEY') throw error;
    context.browsers.mark(reply, browser);
    const problem = 'Nobody has this key. Paste the whole key, without quotes around it.';
    return showView(context, reply.code(error.entry.httpStatus), browser, view, problem);
  }
  return reply.redirect(urlOf(context, id), 303);
}

/** Taken before the key is looked at, so that nobody guesses faster by asking many times at once; see below. */
function spendAttempt({ perAddress, perSignIn }: Context, request: FastifyRequest, id: string): void {
  const waitSeconds = Math.max(perAddress.take(addressKey(request.ip)), perSignIn.take(id));
  if (waitSeconds === 0) return;
  throw new CodedError('SIGN_IN_ATTEMPTS', 'too many keys were tried', { retryAfterSeconds: waitSeconds });
}

/** A right key counts for nothing: a whole company may come from one address. */
function giveAttemptBack({ perAddress, perSignIn }: Context, request: FastifyRequest, id: string): void {
  perAddress.charge(addressKey(request.ip), -1);
  perSignIn.charge(id, -1);
}

async function leave(
  context: Context,
  request: FastifyRequest<Linked>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { id, browser } = await provedLink(context, request);
  return reply.redirect(await context.signIn.begin(id, browser.secret), 303);
}

async function restart(
  context: Context,
  request: FastifyRequest<Linked>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { id, browser } = await provedLink(context, request);
  await context.signIn.restart(id, browser.secret);
  return reply.redirect(urlOf(context, id), 303);
}

async function refuse(
  context: Context,
  request: FastifyRequest<Linked>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { id, browser } = await provedLink(context, request);
  return showLeaving(context, reply, await context.signIn.refuse(id, browser.secret), false);
}

async function comeBack(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const browser = context.browsers.of(request);
  const query = request.url.slice(request.url.indexOf('?') + 1);
  const { id, error } = await context.signIn.finish(query, browser.secret);
  if (error !== undefined) return showProblem(context, reply, error, id);
  return reply.redirect(urlOf(context, id), 303);
}

/** A link of a page that this browser was shown, for the sign-in that it belongs to. */
function provedLink(
  { browsers }: Context,
  request: FastifyRequest<Linked>,
): { readonly id: string; readonly browser: Browser } {
  const { id } = request.params;
  const browser = browsers.of(request);
  if (!browsers.isFormToken(request.query.form, browser, id)) throw notShown(browser);
  return { id, browser };
}

function notShown({ isNew }: Browser): CodedError {
  return isNew
    ? new CodedError('SIGN_IN_OTHER_BROWSER', 'the browser sent no cookie of this server')
    : new CodedError('SIGN_IN_FORM', 'the form is not the one that was shown');
}

function answerProblem(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  error: FastifyError,
): FastifyReply {
  const coded = error.code?.startsWith('FST_ERR_CTP')
    ? notShown({ secret: '', isNew: false })
    : toCodedError(error);
  const { code, message, facts } = coded;
  if (code === 'INTERNAL') context.emit({ kind: 'failure', message, logDetail: facts.logDetail });
  else context.emit({ kind: 'request_refused', code, address: request.ip });
  const { id } = request.params as { readonly id?: string };
  return showProblem(context, reply, coded, id);
}

/** Codes after which the same sign-in can go on. */
const goesOn = new Set(['SIGN_IN_FORM', 'SIGN_IN_ATTEMPTS', 'SIGN_IN_REFUSED', 'SIGN_IN_NOT_ALLOWED']);

function showProblem(
  context: Context,
  reply: FastifyReply,
  error: CodedError,
  id: string | undefined,
): FastifyReply {
  const { httpStatus, retryable } = error.entry;
  const { site, contact } = context;
  const again = id !== undefined && (goesOn.has(error.code) || retryable) ? pathOf(context, id) : undefined;
  const { retryAfterSeconds: waitSeconds = retryable ? 30 : undefined } = error.facts;
  if (waitSeconds !== undefined) reply.header('retry-after', String(waitSeconds));
  return showPage(reply.code(httpStatus), signInProblem({ site, contact, again, waitSeconds }, error));
}

/**
 * Sends the browser on by the header Refresh (HTML, "shared declarative refresh steps") and not by a redirect: see the policy.
 * The answer's URL is good once, so the buttons must be gone while the client, which may be slow, takes the answer.
 */
function showLeaving(
  context: Context,
  reply: FastifyReply,
  answer: SignInAnswer,
  isAllowed: boolean,
): FastifyReply {
  reply.header('refresh', `0;url=${answer.url}`);
  return showPage(reply, signInLeaving(context.site, answer, isAllowed));
}

/**
 * No referrer leaves the site; one of our own is needed, because under no-referrer a browser sends the form with the
 * Origin null (Fetch, "append a request Origin header"), which the door refuses.
 */
function showPage(reply: FastifyReply, page: string): FastifyReply {
  return reply
    .headers({
      'cache-control': 'no-store',
      'content-security-policy': signInPolicy(),
      'referrer-policy': 'same-origin',
      'x-frame-options': 'DENY',
    })
    .type('text/html; charset=utf-8')
    .send(page);
}

function pathOf({ publicUrl }: Context, id: string): string {
  return `${new URL(publicUrl).pathname.replace(/\/+$/, '')}${signInPath}/${encodeURIComponent(id)}`;
}

function urlOf(context: Context, id: string): string {
  return `${new URL(context.publicUrl).origin}${pathOf(context, id)}`;
}

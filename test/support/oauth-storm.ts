// Many analysts sign in and refresh while the server is killed without warning again and again: what a session must stand.
// A request that gets no answer, or 5xx, is sent again, as every client does; any other failure of a refresh is a lost session.
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { newClient, newPkce, redeem, refresh, type TestClient, tokensOf } from './oauth-client.ts';
import { annsKey, type OauthProcess, startOauthProcess } from './oauth-process.ts';
import { signInWithKey } from './oauth-walk.ts';

/** How much of it. Times are milliseconds. */
export type StormOrder = {
  readonly folder: string;
  readonly signIns: number;
  readonly refreshes: number;
  readonly killEveryMs: readonly [least: number, most: number];
  readonly workers: number;
  readonly deadlineMs: number;
};

/** What came of it. */
export type StormOutcome = {
  readonly signedIn: number;
  readonly refreshed: number;
  readonly kills: number;
  /** What the server said to the sessions that ended. */
  readonly lost: readonly string[];
  /** Requests that were sent again. */
  readonly again: number;
  readonly elapsedMs: number;
};

type Session = { readonly client: TestClient; refresh: string; isBusy: boolean };
/** `steps`: sign-ins and refreshes that came through since the server was last started. */
type Weather = { server: OauthProcess; kills: number; isOver: boolean; again: number; steps: number };

/** However busy the machine, a server lives until so many steps came through. */
const leastSteps = 3;

/** Runs it and ends everything it started; the folder is the caller's. */
export async function runStorm(order: StormOrder): Promise<StormOutcome> {
  const startedMs = performance.now();
  const isLate = (): boolean => performance.now() - startedMs > order.deadlineMs;
  const weather: Weather = { server: await start(order.folder), kills: 0, isOver: false, again: 0, steps: 0 };
  const { url } = weather.server;
  const killing = keepKilling(order, weather);
  const sessions: Session[] = [];
  const lost: string[] = [];
  let [begun, refreshed] = [0, 0];
  const work = async (): Promise<void> => {
    while (!isLate() && lost.length === 0) {
      if (
        begun < order.signIns &&
        (sessions.length * order.refreshes >= refreshed * order.signIns || randomInt(3) === 0)
      ) {
        begun += 1;
        sessions.push(await signIn(url, weather, isLate));
        weather.steps += 1;
      } else if (refreshed < order.refreshes) {
        const session = sessions.find(({ isBusy }) => !isBusy);
        if (session === undefined) {
          await sleep(5);
          continue;
        }
        refreshed += 1;
        const problem = await refreshOne(url, session, weather, isLate);
        if (problem !== undefined) lost.push(problem);
        // The next ones take their turn first.
        sessions.push(...sessions.splice(sessions.indexOf(session), 1));
      } else return;
    }
  };
  try {
    await Promise.all(Array.from({ length: order.workers }, work));
  } finally {
    weather.isOver = true;
    await killing;
  }
  // All at once, as after an outage: every session must still be there.
  const last = await Promise.all(
    lost.length > 0 ? [] : sessions.map((session) => refreshOne(url, session, weather, isLate)),
  );
  await weather.server.stop();
  lost.push(...last.filter((problem) => problem !== undefined));
  const { kills, again } = weather;
  return {
    signedIn: sessions.length,
    refreshed,
    kills,
    lost,
    again,
    elapsedMs: performance.now() - startedMs,
  };
}

function start(folder: string, port?: number): Promise<OauthProcess> {
  return startOauthProcess({
    databaseUrl: 'postgres://nobody@127.0.0.1:1/nothing',
    folder,
    ...(port !== undefined && { port }),
    env: { MCP_RATE_LIMIT_ADDRESS: '0', MCP_OAUTH_CLIENTS_PER_DAY: '100000', LOG_LEVEL: 'warn' },
  });
}

async function keepKilling({ folder, killEveryMs }: StormOrder, weather: Weather): Promise<void> {
  const [least, most] = killEveryMs;
  const port = Number(new URL(weather.server.url).port);
  while (!weather.isOver) {
    const waitMs = randomInt(least, most);
    for (let waited = 0; (waited < waitMs || weather.steps < leastSteps) && !weather.isOver; waited += 50)
      await sleep(50);
    if (weather.isOver) return;
    weather.server.program.child.kill('SIGKILL');
    await weather.server.program.ended;
    weather.kills += 1;
    weather.server = await startAgain(folder, port);
    weather.steps = 0;
  }
}

/** The port of a process that was killed may be taken for a moment yet. */
async function startAgain(folder: string, port: number): Promise<OauthProcess> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await start(folder, port);
    } catch (error) {
      if (attempt > 10) throw error;
      await sleep(200);
    }
  }
}

/** An analyst tries until it works: a code that was lost on its way is asked for again by going through the pages again. */
async function signIn(url: string, weather: Weather, isLate: () => boolean): Promise<Session> {
  for (;;) {
    try {
      const client = await newClient({ url });
      const { verifier, challenge } = newPkce();
      const query = new URLSearchParams({
        response_type: 'code',
        client_id: client.id,
        redirect_uri: client.redirectUri,
        code_challenge: challenge,
        code_challenge_method: 'S256',
      });
      const callback = await signInWithKey(`${url}/oauth/authorize?${query}`, annsKey);
      const code = callback.searchParams.get('code') ?? '';
      const answer = await redeem({ url, resource: `${url}/mcp` }, client, code, verifier);
      return { client, refresh: tokensOf(answer).refresh, isBusy: false };
    } catch (error) {
      if (isLate()) throw error;
      weather.again += 1;
      await sleep(randomInt(20, 200));
    }
  }
}

/** The words of the server where the session is lost; now and then the token is sent from two places at once. */
async function refreshOne(
  url: string,
  session: Session,
  weather: Weather,
  isLate: () => boolean,
): Promise<string | undefined> {
  session.isBusy = true;
  try {
    for (;;) {
      const times = randomInt(10) === 0 ? 2 : 1;
      const attempts = Array.from({ length: times }, () => refresh({ url }, session.client, session.refresh));
      const answers = await Promise.all(attempts.map((attempt) => attempt.catch(() => undefined)));
      const said = answers.filter(
        (answer) => answer !== undefined && answer.status < 500 && answer.status !== 429,
      );
      const won = said.find((answer) => answer?.status === 200);
      if (won !== undefined) {
        session.refresh = tokensOf(won).refresh;
        weather.steps += 1;
        return undefined;
      }
      if (said[0] !== undefined) return `${said[0].status} ${JSON.stringify(said[0].body)}`;
      if (isLate()) return 'the time was over';
      weather.again += 1;
      const waitSeconds = Number(
        answers.find((answer) => answer !== undefined)?.headers.get('retry-after') ?? 0,
      );
      await sleep(randomInt(20, 200) + waitSeconds * randomInt(500, 1_000));
    }
  } finally {
    session.isBusy = false;
  }
}

// Entry of the process that holds an embedded Postgres: when the program that asked for it is gone, however it went,
// it ends the server and removes its folder. It starts nothing by itself and listens to nobody else.
import { CodedError, toCodedError } from '../base/errors.ts';
import { makeRunDirectory, removePasswordFile, removeRunDirectory } from './data-directory.ts';
import type { KeeperReply, KeeperRequest, NumberedRequest, ServerFacts } from './keeper-messages.ts';
import {
  freePort,
  type Running,
  type ServerPlan,
  type StopMode,
  startFailure,
  startInitdb,
  startPostmaster,
  stopProcess,
  waitUntilReady,
} from './server-process.ts';

const portAttempts = 5;

class Keeper {
  #plan: ServerPlan | undefined;
  #directory: string | undefined;
  #port = 0;
  #running: Running | undefined;
  #closing = false;

  async answer(request: KeeperRequest): Promise<ServerFacts> {
    if (request.kind === 'open') await this.#open(request.plan);
    else if (request.kind === 'start') await this.#start(this.#port);
    else if (request.kind === 'halt') await this.#halt(request.mode);
    else await this.close(request.mode);
    return { directory: this.#directory ?? '', port: this.#port, postmaster: this.#running?.child.pid };
  }

  /** Ends whatever runs and removes the folder; safe to call at any moment, also while initdb is at work. */
  async close(mode: StopMode): Promise<void> {
    this.#closing = true;
    await this.#halt(mode);
    if (this.#directory !== undefined) await removeRunDirectory(this.#directory);
  }

  async #open(plan: ServerPlan): Promise<void> {
    this.#plan = plan;
    this.#directory = makeRunDirectory(plan.base, plan.account);
    this.#running = startInitdb(plan, this.#directory);
    await this.#running.exited;
    removePasswordFile(this.#directory);
    if (this.#running.child.exitCode !== 0) throw startFailure(this.#directory);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#start(await freePort());
      } catch (error) {
        const taken = error instanceof CodedError && error.message === 'the port is taken';
        if (!taken || attempt === portAttempts) throw error;
      }
    }
  }

  async #start(port: number): Promise<void> {
    if (this.#plan === undefined || this.#directory === undefined || this.#closing) {
      throw new CodedError('DEMO_POSTGRES', 'the server is closed');
    }
    this.#port = port;
    this.#running = startPostmaster(this.#plan, this.#directory, port);
    await waitUntilReady(this.#running, this.#directory);
  }

  async #halt(mode: StopMode): Promise<void> {
    if (this.#running !== undefined) await stopProcess(this.#running, mode);
    this.#running = undefined;
  }
}

function listen(keeper: Keeper): void {
  const end = (): void => {
    keeper.close('immediate').finally(() => process.exit(0));
  };
  process.on('disconnect', end);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  process.on('message', (message: NumberedRequest) => {
    const reply = (answer: object): void => {
      process.send?.({ number: message.number, ...answer } as KeeperReply, () => undefined);
    };
    keeper.answer(message.request).then(
      (facts) => reply({ facts }),
      (error: unknown) => {
        const { message: failure, facts } = toCodedError(error);
        reply({ failure, logDetail: facts.logDetail });
      },
    );
  });
}

listen(new Keeper());

// Asks a worker thread one question at a time and kills it when it is late or dies; the next question gets a new one.
import { Worker } from 'node:worker_threads';

/** How a question ended. */
export type WorkerOutcome =
  | { readonly kind: 'answer'; readonly answer: unknown }
  /** The deadline passed; the worker was killed. */
  | { readonly kind: 'late' }
  /** The worker died of the question (stack, memory, anything thrown). */
  | { readonly kind: 'died'; readonly reason: string }
  /** Too many questions are waiting, or the worker is closed. */
  | { readonly kind: 'busy' };

/** A question and the setting it is asked under; a setting is sent when it is not the one the worker has. */
type Question = {
  readonly text: string;
  readonly setting: object;
  readonly end: (outcome: WorkerOutcome) => void;
};

export type DisposableWorkerOptions = {
  /** File name beside this one, without extension: .ts under type stripping, .js after the build. */
  readonly entry: string;
  readonly deadlineMs: number;
  readonly maxWaiting: number;
  /** Milliseconds without a question after which the thread is given up to save memory. */
  readonly idleMs: number;
  /** Told when a thread had to be killed or died. */
  readonly onLoss: (reason: string) => void;
};

/** Starting a thread and compiling WebAssembly takes about 80 ms; far more means something is broken. */
const startDeadlineMs = 15_000;

/** A thread with a life: started by the first question, replaced after a loss, ended by `close`. */
export class DisposableWorker {
  readonly #options: DisposableWorkerOptions;
  readonly #waiting: Question[] = [];
  #worker: Worker | undefined;
  #isReady = false;
  #sent: object | undefined;
  #current: Question | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: DisposableWorkerOptions) {
    this.#options = options;
  }

  /** Never rejects. The process stays alive while an answer is awaited, and only then. */
  ask(text: string, setting: object): Promise<WorkerOutcome> {
    return new Promise((end) => {
      if (this.#isClosed || this.#waiting.length >= this.#options.maxWaiting) {
        end({ kind: 'busy' });
        return;
      }
      this.#waiting.push({ text, setting, end });
      this.#next();
    });
  }

  /** Starts the thread ahead of the first question. */
  warm(): void {
    if (!this.#isClosed) this.#worker ??= this.#start();
  }

  /** Ends the thread; questions still waiting end as busy. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const unasked = this.#waiting.splice(0);
    this.#finish({ kind: 'busy' });
    for (const question of unasked) question.end({ kind: 'busy' });
    await this.#drop();
  }

  #next(): void {
    if (this.#current !== undefined) return;
    const question = this.#waiting.shift();
    if (question === undefined) {
      this.#rest();
      return;
    }
    this.#current = question;
    this.#worker ??= this.#start();
    this.#worker.ref();
    if (this.#isReady) this.#post(question);
    else this.#arm(startDeadlineMs);
  }

  #post(question: Question): void {
    if (this.#sent !== question.setting) {
      this.#sent = question.setting;
      this.#worker?.postMessage({ setting: question.setting });
    }
    this.#worker?.postMessage({ question: question.text });
    this.#arm(this.#options.deadlineMs);
  }

  #start(): Worker {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./${this.#options.entry}.${extension}`, import.meta.url), {
      execArgv: [],
      // Shallow on purpose: the stack must end long before the parser's own memory does.
      resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32, stackSizeMb: 2 },
    });
    worker.unref();
    worker.on('message', (message: { ready?: true; answer?: unknown }) => {
      if (worker === this.#worker) this.#hear(message);
    });
    worker.on('error', (error) => this.#lose(worker, error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => this.#lose(worker, `exit code ${code}`));
    return worker;
  }

  #hear(message: { ready?: true; answer?: unknown }): void {
    if (message.ready === true) {
      this.#isReady = true;
      if (this.#current !== undefined) this.#post(this.#current);
      return;
    }
    this.#finish({ kind: 'answer', answer: message.answer });
    this.#next();
  }

  #lose(worker: Worker, reason: string): void {
    if (worker !== this.#worker) return;
    void this.#drop();
    if (this.#current !== undefined) this.#options.onLoss(reason);
    this.#finish({ kind: 'died', reason });
    this.#next();
  }

  #arm(deadlineMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      void this.#drop();
      this.#options.onLoss(`no answer within ${deadlineMs} ms`);
      this.#finish({ kind: 'late' });
      this.#next();
    }, deadlineMs);
  }

  #finish(outcome: WorkerOutcome): void {
    clearTimeout(this.#timer);
    const question = this.#current;
    this.#current = undefined;
    question?.end(outcome);
  }

  #rest(): void {
    this.#worker?.unref();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#drop(), this.#options.idleMs);
    this.#timer.unref();
  }

  async #drop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#isReady = false;
    this.#sent = undefined;
    await worker?.terminate();
  }
}

// The worker that parses what the main thread must not: it judges by the policy it was sent and dies of any surprise.
import { parentPort } from 'node:worker_threads';
import { createJudge, type Judge } from './judge.ts';
import { loadParser } from './parser.ts';
import { createPolicy, type PolicyOptions } from './policy.ts';
import type { PolicyCatalog } from './policy-catalog.ts';

/** The policy to judge by from now on. */
export type JudgeSetting = { readonly catalog: PolicyCatalog; readonly options: PolicyOptions };

const port = parentPort;
if (port !== null) {
  const parse = await loadParser();
  let judge: Judge | undefined;
  port.on('message', (message: { setting: JudgeSetting } | { question: string }) => {
    if ('setting' in message) {
      judge = createJudge(parse, createPolicy(message.setting.catalog, message.setting.options));
    } else if (judge !== undefined) {
      port.postMessage({ answer: judge(message.question) });
    }
  });
  port.postMessage({ ready: true });
}

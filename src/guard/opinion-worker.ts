// The worker in which the second parser reads, because it can hang or fill the memory; its failure is no opinion.
import { parentPort } from 'node:worker_threads';
import { loadSecondParser } from './second-parser.ts';

const port = parentPort;
if (port !== null) {
  const read = await loadSecondParser();
  port.on('message', (message: { setting: unknown } | { question: string }) => {
    if ('setting' in message) return;
    try {
      port.postMessage({ answer: { objection: read(message.question) } });
    } catch {
      port.postMessage({ answer: { objection: undefined } });
    }
  });
  port.postMessage({ ready: true });
}

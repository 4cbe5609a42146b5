// A process that counts a key of a store up by compare-and-set, so many times or until it is killed, and says each success.
import { openStore } from '../../../src/store/backends/index.ts';
import { sayNow } from './say-now.ts';

const [url = '', times = '0'] = process.argv.slice(2);
const store = await openStore(url);
// Ready is who has the store open, so that a kill hits the work and not the start.
await store.get('count', 'no such key');
sayNow('ready');
for (let done = 0; done < Number(times); ) {
  const now = await store.get('count', 'counter');
  const next = String(Number(now?.value ?? 0) + 1);
  const condition = now === undefined ? { ifAbsent: true } : { ifVersion: now.version };
  if ((await store.put('count', 'counter', next, condition)) === undefined) continue;
  done += 1;
  sayNow(next);
}
await store.close();

// A process that writes records one after the other and names each on standard output once the store has it; tests kill it.
import { openStore } from '../../../src/store/backends/index.ts';
import { sayNow } from './say-now.ts';

const [url = '', name = ''] = process.argv.slice(2);
const store = await openStore(url);
for (let count = 0; ; count += 1) {
  const key = `${name}.${count}`;
  await store.put('writes', key, `value of ${key}`);
  sayNow(key);
}

// A process that writes into a store until it is killed, and says on standard output what the store has acknowledged.
import { openStore } from '../../../src/store/backends/index.ts';
import { sayNow } from './say-now.ts';

const [url = '', name = ''] = process.argv.slice(2);
const collection = 'crash';
const store = await openStore(url);

// Each line is one acknowledged step: what the key holds from now on, or `-` for nothing.
const acknowledge = (key: string, holds: string) => sayNow(`${key} ${holds}`);

/** Long enough that a torn write would show, and different in every round. */
const contentOf = (key: string, round: number) => `${key}:${round}:${String(round).repeat(300)}:end`;

async function work(key: string): Promise<void> {
  for (let round = 0; ; round += 1) {
    // What is begun is said before, so that the reader knows which outcomes are possible.
    sayNow(`${key} ?${round}`);
    await store.put(collection, key, contentOf(key, round));
    acknowledge(key, String(round));
    if (round % 3 !== 2) continue;
    sayNow(`${key} ?-`);
    await store.take(collection, key);
    acknowledge(key, '-');
  }
}

// Ready is who has the store open, so that a kill hits the work and not the start.
await store.get('crash', 'no such key');
sayNow('ready');
await Promise.all(Array.from({ length: 4 }, (_, index) => work(`${name}-${index}`)));

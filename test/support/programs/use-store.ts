// A process that opens a store, puts and takes one record, closes, and is then left to end by itself; what fails is printed.
import { openStore } from '../../../src/store/backends/index.ts';

const store = await openStore(process.argv[2] ?? '');
try {
  await store.put('programs', 'key', 'value', { ttlSeconds: 60 });
  process.stdout.write(`took ${(await store.take('programs', 'key'))?.value}\n`);
} catch (error) {
  process.stdout.write(`${error instanceof Error && 'code' in error ? error.code : error}\n`);
}
await store.close();
process.stdout.write('closed\n');

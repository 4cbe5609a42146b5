// State as one small file per record in a folder, also on NFS: no database file to corrupt, and no lock that a crash could leave held.
import { resolve } from 'node:path';
import { keptForMany, type OpenBackend } from '../backend.ts';
import { diskFailure } from '../disk-failure.ts';
import { createRoot } from '../filetree/root.ts';
import { deleteEntry, placeOf, putEntry, readEntry, takeEntry } from '../filetree/tree.ts';
import { createTurns } from '../filetree/turns.ts';
import { listCollections, listKeys, sweepTree } from '../filetree/walk.ts';
import type { Store } from '../store.ts';

/** The tree below the path of the URL. The folder is made with the first call. */
export const open: OpenBackend = async (url) => {
  const root = createRoot(resolve(url.rest));
  const turns = createTurns();
  const onDisk = async <Value>(run: () => Promise<Value>): Promise<Value> => {
    try {
      await root.open();
      return await run();
    } catch (error) {
      throw diskFailure(error);
    }
  };
  const inTurn = <Value>(collection: string, key: string, run: () => Promise<Value>) =>
    turns.take(`${collection}/${key}`, () => onDisk(run));
  return {
    scheme: 'filetree',
    capabilities: keptForMany,
    get: (collection, key) => onDisk(() => readEntry(root, placeOf(root, collection, key))),
    put: (collection, key, value, options = {}) =>
      inTurn(collection, key, () => putEntry(root, placeOf(root, collection, key), value, options)),
    take: (collection, key) => inTurn(collection, key, () => takeEntry(root, placeOf(root, collection, key))),
    delete: (collection, key) =>
      inTurn(collection, key, () => deleteEntry(root, placeOf(root, collection, key))),
    list: (collection, page) => onDisk(() => listKeys(root, collection, page)),
    collections: () => onDisk(() => listCollections(root)),
    sweep: (signal) => onDisk(() => sweepTree(root, signal)),
    close: () => turns.idle(),
  } satisfies Store;
};

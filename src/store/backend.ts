// What a backend's file gives; it knows no backend.
import { CodedError } from '../base/errors.ts';
import type { StoreUrl } from '../base/store-url.ts';
import type { Store, StoreCapabilities } from './store.ts';

/**
 * Opens a backend: loads its driver (see `loadDriver`) and connects to nothing, so that a server starts while its store
 * is down; the first call meets what is wrong, and a later one finds it mended. The store that it gives need not check
 * places, sizes or conditions, nor turn a driver's failures into STATE_UNAVAILABLE, nor end a call whose signal is
 * aborted or whose store is closed: `checkedStore` does, around every backend. It passes the signal on where its driver
 * takes one.
 */
export type OpenBackend = (url: StoreUrl) => Promise<Store>;

/** The promises of a store that all servers reach, and that drops nothing. */
export const keptForMany: StoreCapabilities = {
  durable: true,
  shared: 'many machines',
  keepsRecords: true,
  lists: true,
  maxValueBytes: 1024 * 1024,
};

/** Loads a driver; throws CONFIG_INVALID with the package to install where it is missing. */
export async function loadDriver<Driver>(packageName: string, load: () => Promise<Driver>): Promise<Driver> {
  try {
    return await load();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    const reason = `this kind of store needs the package "${packageName}", which is not installed`;
    throw new CodedError('CONFIG_INVALID', reason, {
      hint: `Install it beside the server: npm install ${packageName}`,
      problems: [{ name: 'MCP_STATE_URL', reason: `${reason}; install it with npm install ${packageName}` }],
      cause: error,
    });
  }
}

// Loads the demo's fleet data into an empty database; it refuses to touch one that has any of its schemas.
import { readdirSync, readFileSync } from 'node:fs';
import type { ClientBase } from 'pg';

/** The schemas of the demo data, in the order analysts should meet them. */
export const fleetSchemas = ['reporting', 'tracksolid', 'tickets', 'fuel'] as const;

/** small: about 80,000 rows in two seconds; full: about a million. */
export type FleetSize = 'small' | 'full';

/** What is made; the same values make the same rows everywhere. */
export type FleetOptions = {
  readonly size?: FleetSize | undefined;
  /** The day after the last day of data, `YYYY-MM-DD`. */
  readonly asOf?: string | undefined;
  readonly onProgress?: ((step: string) => void) | undefined;
};

const dimensions = { small: { vehicles: 60, days: 60 }, full: { vehicles: 240, days: 200 } } as const;
const defaultAsOf = '2026-11-01';
const folder = new URL('../../sql/demo/', import.meta.url);

/** Runs the parts of sql/demo in one transaction, then ANALYZE. The client's role must own the database. */
export async function loadFleet(client: ClientBase, options: FleetOptions = {}): Promise<void> {
  const { vehicles, days } = dimensions[options.size ?? 'small'];
  await client.query('begin');
  try {
    await client.query(
      "select set_config('demo.vehicles', $1, true), set_config('demo.days', $2, true), set_config('demo.as_of', $3, true)",
      [String(vehicles), String(days), options.asOf ?? defaultAsOf],
    );
    // Sizes for loading only; text order and time zone must not depend on the server's defaults.
    await client.query(
      "set local work_mem = '128MB'; set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'",
    );
    for (const part of parts()) {
      options.onProgress?.(part.replace(/^\d_|\.sql$/g, '').replaceAll('_', ' '));
      await client.query(readFileSync(new URL(part, folder), 'utf8'));
    }
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
  await client.query('analyze');
}

function parts(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
}

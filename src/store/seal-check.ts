// Finds out at start whether the secrets of the server open what the store holds, before anybody is told that nobody ever signed in.
import { CodedError } from '../base/errors.ts';
import type { OpenRecords } from './records.ts';

/** Resolves where they do, or where the store is new; throws STATE_UNREADABLE where they do not. */
export async function checkSeal(openRecords: OpenRecords): Promise<void> {
  const records = openRecords<string>('state');
  if ((await records.put('seal', 'opened', { ifAbsent: true })) !== undefined) return;
  const held = await records.get('seal');
  if (held === undefined || held.record === 'opened') return;
  throw new CodedError('STATE_UNREADABLE', 'a record of the state is not what was sealed');
}

// Calls under way: who reaches which, and when nothing is left.
import { describe, expect, it } from 'vitest';
import { cancelled, createInFlight } from '../../../src/mcp/in-flight.ts';

const sonia = { principal: { name: 'sonia', provedBy: 'token' }, session: 's1' } as const;

describe('createInFlight', () => {
  it('cancels the newest call under an id that a client uses twice, and closing the older one leaves it reachable', () => {
    const calls = createInFlight();
    const older = calls.open(sonia, 1);
    const newer = calls.open(sonia, 1);
    older.close();
    calls.cancel(sonia, 1);
    expect([older.signal.aborted, newer.signal.aborted]).toEqual([false, true]);
  });

  it('does not let one name reach into another by the way the two are joined', () => {
    const calls = createInFlight();
    const call = calls.open({ principal: { name: 'a', provedBy: 'token' }, session: 'b\nc' }, 1);
    calls.cancel({ principal: { name: 'a\nb', provedBy: 'token' }, session: 'c' }, 1);
    calls.cancel({ principal: { name: 'a', provedBy: 'local' }, session: 'b\nc' }, 1);
    expect(call.signal.aborted).toBe(false);
  });

  it('reaches nothing without a session', () => {
    const calls = createInFlight();
    const anonymous = { principal: sonia.principal };
    const call = calls.open(anonymous, 1);
    calls.cancel(anonymous, 1);
    calls.cancelSession(anonymous);
    expect(call.signal.aborted).toBe(false);
  });

  it('is idle when the last call is closed, and at once when there is none', async () => {
    const calls = createInFlight();
    await calls.idle();
    const [first, second] = [calls.open(sonia, 1), calls.open(sonia, 2)];
    let idle = false;
    const waiting = calls.idle().then(() => {
      idle = true;
    });
    first.close();
    await Promise.resolve();
    expect({ idle, count: calls.count() }).toEqual({ idle: false, count: 1 });
    second.close();
    await waiting;
    expect({ idle, count: calls.count() }).toEqual({ idle: true, count: 0 });
  });

  it('gives every call left the reason it is ended with', () => {
    const calls = createInFlight();
    const call = calls.open(sonia);
    const reason = cancelled();
    calls.abortAll(reason);
    expect(call.signal.reason).toBe(reason);
  });
});

// What is remembered of tokens that were proved: for how long, for how many, and what an outage changes about it.
import { describe, expect, it } from 'vitest';
import { rememberVerified, type VerifyToken } from '../../../../src/auth/authorization/verified-tokens.ts';
import { CodedError } from '../../../../src/base/errors.ts';
import type { Principal } from '../../../../src/base/principal.ts';

const principal: Principal = { name: 'sonia', provedBy: 'oauth' };

type Counted = {
  readonly verify: VerifyToken;
  proofs: number;
  questions: number;
  answer: () => Promise<Principal | CodedError>;
  nowMs: number;
};

function remembered(): Counted {
  const counted: Counted = {
    proofs: 0,
    questions: 0,
    answer: async () => principal,
    nowMs: 0,
    verify: rememberVerified({
      prove: async (token) => {
        counted.proofs += 1;
        if (token === 'bad') return new CodedError('DOOR_TOKEN_INVALID', 'the access token is not valid');
        const confirm = (): Promise<Principal | CodedError> => {
          counted.questions += 1;
          return counted.answer();
        };
        return { principal, expiresAtMs: 3_600_000, confirm };
      },
      recheckMs: 5_000,
      outageMs: 600_000,
      nowMs: () => counted.nowMs,
    }),
  };
  return counted;
}

describe('a token', () => {
  it('is proved once, and answered without waiting until it is asked for again', async () => {
    const all = remembered();
    await all.verify('good');
    all.nowMs = 4_999;
    expect(all.verify('good')).toBe(principal);
    all.nowMs = 5_000;
    expect(all.verify('good')).toBeInstanceOf(Promise);
    expect([all.proofs, all.questions]).toEqual([1, 1]);
  });

  it('is asked for once, however many calls wait for the answer', async () => {
    const all = remembered();
    await all.verify('good');
    all.nowMs = 6_000;
    await Promise.all(Array.from({ length: 20 }, () => all.verify('good')));
    expect(all.questions).toBe(1);
  });

  it('that is not good is never remembered', async () => {
    const all = remembered();
    for (let count = 0; count < 3; count += 1) await all.verify('bad');
    expect(all.proofs).toBe(3);
  });

  it('that ended is forgotten', async () => {
    const all = remembered();
    await all.verify('good');
    all.nowMs = 6_000;
    all.answer = async () => new CodedError('DOOR_TOKEN_INVALID', 'the access token has been revoked');
    expect(await all.verify('good')).toMatchObject({ message: 'the access token has been revoked' });
    expect(all.verify('good')).toBeInstanceOf(Promise);
    expect(all.proofs).toBe(2);
  });

  it('is proved anew after its expiry', async () => {
    const all = remembered();
    await all.verify('good');
    all.nowMs = 3_600_000;
    await all.verify('good');
    expect(all.proofs).toBe(2);
  });
});

describe('while nobody can say whether it still stands', () => {
  const failing = async (): Promise<never> => {
    throw new CodedError('STATE_UNAVAILABLE', 'the store cannot be reached');
  };

  it('it goes on for just under the tolerance, and not for longer', async () => {
    const all = remembered();
    await all.verify('good');
    all.answer = failing;
    all.nowMs = 600_000;
    expect(await all.verify('good')).toBe(principal);
    all.nowMs = 601_001;
    await expect(all.verify('good')).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
  });

  it('one call in a second asks, and the others do not wait', async () => {
    const all = remembered();
    await all.verify('good');
    all.answer = failing;
    all.nowMs = 6_000;
    await all.verify('good');
    all.nowMs = 6_999;
    expect(all.verify('good')).toBe(principal);
    all.nowMs = 7_000;
    expect(all.verify('good')).toBeInstanceOf(Promise);
  });
});

it('no more than ten thousand tokens are remembered, the newest', async () => {
  const all = remembered();
  for (let count = 0; count <= 10_000; count += 1) await all.verify(`good ${count}`);
  expect(all.verify('good 0')).toBeInstanceOf(Promise);
  expect(all.verify('good 10000')).toBe(principal);
});

// Names of accounts: valid for audit lines and application_name, and told apart where logins are the same.
import { describe, expect, it } from 'vitest';
import { analystNames } from '../../../src/auth/sign-in/analyst-name.ts';
import { analystName } from '../../../src/auth/static-tokens.ts';

describe('the name of an account', () => {
  it('is its login where that is a name', () => {
    expect(analystNames('ann@example.com', 's')[0]).toBe('ann@example.com');
    expect(analystNames('ann+data_1@example.com', 's')[0]).toBe('ann+data_1@example.com');
  });

  it.each(['José Müller', 'ann\n@example.com', '张伟', '', '   ', '\u0000', 'a'.repeat(500), 'x y z'])(
    'is a name whatever the login: %j',
    (login) => {
      for (const name of analystNames(login, 'issuer|1')) expect(name).toMatch(analystName);
    },
  );

  it('keeps accents out and the letters in', () => {
    expect(analystNames('José.Müller@example.com', 's')[0]).toBe('Jose.Muller@example.com');
  });

  it('tells two accounts of one login apart, always in the same way', () => {
    const [, one] = analystNames('ann', 'issuer|1');
    const [, other] = analystNames('ann', 'issuer|2');
    expect(one).not.toBe(other);
    expect(analystNames('ann', 'issuer|1')[1]).toBe(one);
  });

  it('tells apart two long logins that begin alike', () => {
    const [one] = analystNames(`${'a'.repeat(80)}1`, 'issuer|1');
    const [other] = analystNames(`${'a'.repeat(80)}2`, 'issuer|2');
    expect(one).toHaveLength(63);
    expect(one).not.toBe(other);
  });
});

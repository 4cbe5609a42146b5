// Who may come in: domains, groups and users, and what each of them does not cover.
import { describe, expect, it } from 'vitest';
import type { Identity } from '../../../src/auth/idp/identity-provider.ts';
import { type AllowList, isAllowed } from '../../../src/auth/sign-in/allow-list.ts';

const ann: Identity = {
  subject: 'https://idp.example.com|4711',
  login: 'ann@example.com',
  email: 'Ann@Example.com',
  emailVerified: true,
  groups: ['analysts'],
};
const allow = (lists: Partial<AllowList>): AllowList => ({ domains: [], groups: [], users: [], ...lists });

describe('the allow-list', () => {
  it('lets everybody in whom the provider knows where it is empty', () => {
    expect(isAllowed(allow({}), ann)).toBe(true);
  });

  it('takes a domain whatever its case, and nothing that merely ends in it', () => {
    expect(isAllowed(allow({ domains: ['EXAMPLE.com'] }), ann)).toBe(true);
    expect(isAllowed(allow({ domains: ['ample.com'] }), ann)).toBe(false);
    expect(isAllowed(allow({ domains: ['example.com'] }), { ...ann, email: 'ann@mail.example.com' })).toBe(
      false,
    );
    expect(
      isAllowed(allow({ domains: ['example.com'] }), { ...ann, email: 'ann@example.com.evil.test' }),
    ).toBe(false);
    expect(
      isAllowed(allow({ domains: ['example.com'] }), { ...ann, email: '"x@example.com"@evil.test' }),
    ).toBe(false);
  });

  it('believes no address that the provider has not verified', () => {
    const unproved = { ...ann, emailVerified: false };
    expect(isAllowed(allow({ domains: ['example.com'] }), unproved)).toBe(false);
    expect(isAllowed(allow({ users: ['ann@example.com'] }), unproved)).toBe(false);
  });

  it('keeps out an account without an address where a domain is asked for', () => {
    expect(isAllowed(allow({ domains: ['example.com'] }), { ...ann, email: undefined })).toBe(false);
  });

  it('takes groups exactly as the provider names them', () => {
    expect(isAllowed(allow({ groups: ['analysts'] }), ann)).toBe(true);
    expect(isAllowed(allow({ groups: ['Analysts'] }), ann)).toBe(false);
    expect(isAllowed(allow({ groups: ['analyst'] }), ann)).toBe(false);
  });

  it('asks for domain and group where both are given', () => {
    expect(isAllowed(allow({ domains: ['example.com'], groups: ['analysts'] }), ann)).toBe(true);
    expect(isAllowed(allow({ domains: ['example.com'], groups: ['finance'] }), ann)).toBe(false);
    expect(isAllowed(allow({ domains: ['other.example'], groups: ['analysts'] }), ann)).toBe(false);
  });

  it('lets a named user in beside the domains, by address or by subject', () => {
    const others = { domains: ['other.example'] };
    expect(isAllowed(allow({ ...others, users: ['ann@example.com'] }), ann)).toBe(true);
    expect(isAllowed(allow({ ...others, users: ['4711'] }), ann)).toBe(true);
    expect(isAllowed(allow({ users: ['https://idp.example.com|4711'] }), ann)).toBe(true);
    expect(isAllowed(allow({ users: ['bob@example.com'] }), ann)).toBe(false);
  });

  it('takes the whole subject where that holds a bar itself, as at Auth0', () => {
    const auth0 = { ...ann, email: undefined, subject: 'https://tenant.auth0.com/|auth0|4711' };
    expect(isAllowed(allow({ users: ['auth0|4711'] }), auth0)).toBe(true);
    expect(isAllowed(allow({ users: ['4711'] }), auth0)).toBe(false);
    expect(
      isAllowed(allow({ users: ['ann@example.com'] }), { ...auth0, subject: 'https://x/|y|ann@example.com' }),
    ).toBe(false);
  });
});

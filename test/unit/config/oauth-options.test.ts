// The options of OAuth: what is read, and what is said of what cannot stand.
import { describe, expect, it } from 'vitest';
import { issuerList } from '../../../src/config/issuer-list.ts';
import { redirectUri } from '../../../src/config/option-values.ts';

describe('the list of issuers', () => {
  it('gives each issuer what its tokens must hold, with the defaults', () => {
    const text =
      'https://login.example.com audience=api://a scope=a.read name=preferred_username, https://two.example/realm/';
    expect(issuerList.parse(text)).toEqual({
      value: [
        {
          issuer: 'https://login.example.com',
          audience: 'api://a',
          scope: 'a.read',
          nameClaim: 'preferred_username',
        },
        {
          issuer: 'https://two.example/realm/',
          audience: undefined,
          scope: 'analytics:read',
          nameClaim: 'sub',
        },
      ],
    });
  });

  it.each([
    ['http://login.example.com', 'each issuer must begin with an https URL'],
    ['audience=x', 'each issuer must begin with an https URL'],
    ['https://a.example?x=y', 'an issuer must not hold a query, a fragment or a user'],
    ['https://a.example roles=x', 'after an issuer only audience=…, scope=…, name=… may stand'],
    ['https://a.example, https://a.example', 'must not name an issuer twice'],
  ])('refuses %s', (text, reason) => {
    expect(issuerList.parse(text)).toEqual({ reason });
  });

  it('takes plain http on a loopback name only', () => {
    expect(issuerList.parse('http://127.0.0.1:8080')).toHaveProperty('value');
    expect(issuerList.parse('http://127.0.0.1.evil.example')).toHaveProperty('reason');
  });
});

describe('a redirect URI', () => {
  it('is kept to the letter', () => {
    expect(redirectUri.parse('https://chat.example.com/cb?a=B')).toEqual({
      value: 'https://chat.example.com/cb?a=B',
    });
  });

  it.each([
    'http://chat.example.com/cb',
    'https://chat.example.com',
    'https://a.example/../b',
    'https://a.example/#x',
  ])('is not %s', (text) => {
    expect(redirectUri.parse(text)).toHaveProperty('reason');
  });
});

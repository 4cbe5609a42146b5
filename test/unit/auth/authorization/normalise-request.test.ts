// What real clients send, and what is made of it before it is judged.
import { describe, expect, it } from 'vitest';
import {
  normalisedAuthorization,
  normalisedRegistration,
  normalisedToken,
} from '../../../../src/auth/authorization/normalise-request.ts';

const authorization = (query: string): string =>
  normalisedAuthorization(new URLSearchParams(query)).toString();
const token = (form: string): string => normalisedToken(new URLSearchParams(form)).toString();

describe('an authorization request', () => {
  it.each([
    ['a slash at the end of the resource', 'resource=https://a/mcp/', 'resource=https%3A%2F%2Fa%2Fmcp&'],
    [
      'the same resource twice',
      'resource=https://a/mcp&resource=https://a/mcp/',
      'resource=https%3A%2F%2Fa%2Fmcp&',
    ],
    ['prompts that are not known', 'prompt=select_account consent', 'prompt=consent&'],
    ['only prompts that are not known', 'prompt=create', ''],
    [
      'parameters of OpenID Connect',
      'nonce=n&claims={}&max_age=0&id_token_hint=x&login_hint=y&request=z',
      '',
    ],
  ])('loses %s', (_name, given, kept) => {
    const expected = new URLSearchParams(`${kept}scope=analytics:read`);
    const actual = new URLSearchParams(authorization(`${given}&scope=analytics:read`));
    expect([...actual].sort()).toEqual([...expected].sort());
  });

  it('keeps what stands twice, so that it is refused', () => {
    expect(authorization('client_id=a&client_id=b')).toContain('client_id=a&client_id=b');
    expect(authorization('redirect_uri=a&redirect_uri=b')).toContain('redirect_uri=a&redirect_uri=b');
  });

  it('keeps two different resources, so that the foreign one is refused', () => {
    expect(
      normalisedAuthorization(new URLSearchParams('resource=https://a&resource=https://b')).getAll(
        'resource',
      ),
    ).toEqual(['https://a', 'https://b']);
  });
});

describe('a token request', () => {
  it('loses a scope where only a refresh may name one, and offline_access everywhere', () => {
    expect(token('grant_type=authorization_code&code=c&scope=analytics:read')).not.toContain('scope');
    expect(token('grant_type=refresh_token&scope=offline_access')).not.toContain('scope');
    expect(token('grant_type=refresh_token&scope=analytics:read+offline_access')).toContain(
      'scope=analytics%3Aread',
    );
  });

  it('keeps a code that stands twice, so that it is refused', () => {
    expect(token('code=a&code=b')).toBe('code=a&code=b');
  });
});

describe('a registration', () => {
  it('keeps what this server uses', () => {
    const given = {
      client_name: 'Claude',
      redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
      token_endpoint_auth_method: 'client_secret_post',
      jwks_uri: 'https://evil.example/keys',
      logo_uri: 'https://evil.example/logo.svg',
      scope: 'openid everything',
      __proto__: { polluted: true },
    };
    expect(normalisedRegistration(given)).toEqual({
      client_name: 'Claude',
      redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
      token_endpoint_auth_method: 'client_secret_post',
      response_types: ['code'],
      grant_types: ['authorization_code', 'refresh_token'],
      application_type: 'native',
    });
  });

  it.each(['private_key_jwt', 'tls_client_auth', 7, undefined])(
    'of a client that would prove itself by %s makes it a public one',
    (method) => {
      expect(normalisedRegistration({ token_endpoint_auth_method: method })).toMatchObject({
        token_endpoint_auth_method: 'none',
      });
    },
  );

  it.each([null, [], 'text', 7, undefined])('that is %j is none', (body) => {
    expect(normalisedRegistration(body)).toBeUndefined();
  });
});

// Static tokens and access tokens in one header: which is asked first, and what becomes of the other.
import { describe, expect, it } from 'vitest';
import { tokenAuthenticator, withAccessTokens } from '../../../src/auth/authenticate.ts';
import { digestToken } from '../../../src/auth/static-tokens.ts';
import { CodedError } from '../../../src/base/errors.ts';
import type { Principal } from '../../../src/base/principal.ts';

const oauth: Principal = { name: 'sonia', provedBy: 'oauth' };
const staticOfJwtForm = 'aaaaaaaa.bbbbbbbb.cccccccc';
const tokens = tokenAuthenticator([
  { name: 'tariq', sha256: digestToken('pgam_a-token-of-tariq') },
  { name: 'robot', sha256: digestToken(staticOfJwtForm) },
]);
const invalid = new CodedError('DOOR_TOKEN_INVALID', 'the access token is not valid');

describe('a header', () => {
  it('with an access token that was proved lately is answered at once', () => {
    expect(withAccessTokens(tokens, () => oauth)('Bearer x.y.z')).toBe(oauth);
  });

  it('with a static token asks nobody, whatever the state of access tokens', () => {
    const check = withAccessTokens(tokens, () => Promise.reject(new CodedError('STATE_UNAVAILABLE', 'down')));
    expect(check('Bearer pgam_a-token-of-tariq')).toMatchObject({ name: 'tariq', provedBy: 'token' });
  });

  it('with a static token that looks like an access token is good all the same', async () => {
    const down = () => Promise.reject(new CodedError('STATE_UNAVAILABLE', 'down'));
    for (const verify of [() => invalid, async () => invalid, down])
      expect(await withAccessTokens(tokens, verify)(`Bearer ${staticOfJwtForm}`)).toMatchObject({
        name: 'robot',
      });
  });

  it('with an access token that nobody can judge now is answered with the fault, and not as a bad token', async () => {
    const check = withAccessTokens(tokens, () => Promise.reject(new CodedError('STATE_UNAVAILABLE', 'down')));
    expect(await check('Bearer x.y.z')).toMatchObject({ code: 'STATE_UNAVAILABLE' });
  });

  it('with a bad access token is told why', async () => {
    expect(await withAccessTokens(tokens, async () => invalid)('Bearer x.y.z')).toBe(invalid);
  });

  it.each([undefined, '', 'Basic abc', 'Bearer', 'Bearer x.y.z.w', `Bearer x.y.${'z'.repeat(13_000)}`])(
    'that is %j never reaches the proof of access tokens',
    (header) => {
      const check = withAccessTokens(tokens, () => oauth);
      expect(check(header)).toBeInstanceOf(CodedError);
    },
  );
});

// Static tokens: how they are read, minted and proved.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { tokenAuthenticator } from '../../../src/auth/authenticate.ts';
import { mintToken } from '../../../src/auth/mint-token.ts';
import { readTokens } from '../../../src/auth/static-tokens.ts';
import { CodedError } from '../../../src/base/errors.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const fromFile = (text: string) => readTokens({ file: { path: '/etc/tokens', text } });

describe('reading', () => {
  it('keeps digests and no token', () => {
    const { value } = readTokens({ list: 'sonia:token-of-sonia-0001, bob:token-of-bob-000001' });
    expect(value).toEqual([
      { name: 'sonia', sha256: sha256('token-of-sonia-0001') },
      { name: 'bob', sha256: sha256('token-of-bob-000001') },
    ]);
  });

  it('takes digest lines, comments and empty lines of a file without a warning', () => {
    const reading = fromFile(`# analysts\n\nsonia sha256:${sha256('x').toUpperCase()}  # until May\r\n`);
    expect(reading).toEqual({ value: [{ name: 'sonia', sha256: sha256('x') }], problems: [], warnings: [] });
  });

  it('takes plain tokens of a file with a warning that says why and does not repeat them', () => {
    const { value, warnings } = fromFile('sonia:token-of-sonia-0001');
    expect(value).toHaveLength(1);
    expect(warnings).toEqual([
      expect.stringMatching(/"sonia" stands in plain text in \/etc\/tokens:1, so whoever/),
    ]);
    expect(warnings[0]).not.toContain('token-of-sonia');
  });

  it.each([
    ['a name alone', 'sonia', 'must be a name and a token'],
    ['a name with a blank or slash', 'so/nia:token-of-sonia-0001', 'the name must be 1 to 63 letters'],
    ['a token of 15 characters', 'sonia:123456789012345', 'is shorter than 16 characters'],
    ['a token that no header can carry', 'sonia:token"of"sonia"0001', 'holds characters other than'],
    ['a short digest', 'sonia sha256:abc', 'is not 64 hexadecimal digits'],
    [
      'the same name twice',
      'bob:token-of-bob-000001\nbob:token-of-bob-000002',
      'stands in /etc/tokens:1 already',
    ],
    [
      'the same token twice',
      'bob:token-of-bob-000001\neve:token-of-bob-000001',
      'the same as in /etc/tokens:1',
    ],
    ['nothing', '# none yet', 'holds no token'],
  ])('refuses %s', (_, text, reason) => {
    const { value, problems } = fromFile(text);
    expect(value).toBeUndefined();
    expect(problems).toHaveLength(1);
    expect(problems[0]?.reason).toContain(reason);
    expect(JSON.stringify(problems)).not.toMatch(/123456789012345|of-bob|of"sonia/);
  });

  it('takes a token of 16 characters', () => {
    expect(fromFile('sonia:1234567890123456').problems).toEqual([]);
  });
});

describe('authenticating', () => {
  const { token, line } = mintToken('sonia');
  const { value = [] } = fromFile(`bob sha256:${sha256('other')}\n${line}\neve sha256:${sha256('third')}`);
  const authenticate = tokenAuthenticator(value);

  it('proves the analyst of a minted token', () => {
    expect(token).toMatch(/^pgam_[A-Za-z0-9_-]{43}$/);
    expect(authenticate(`Bearer ${token}`)).toEqual({ name: 'sonia', provedBy: 'token' });
  });

  it('takes the scheme in any case', () => {
    expect(authenticate(`bEARER   ${token}`)).toMatchObject({ name: 'sonia' });
  });

  it.each([
    ['no header', undefined, 'DOOR_TOKEN_MISSING', 'the request carries no bearer token'],
    ['an unknown token', 'Bearer unknown', 'DOOR_TOKEN_INVALID', 'the bearer token is not known'],
    [
      'a digest instead of its token',
      `Bearer ${sha256('other')}`,
      'DOOR_TOKEN_INVALID',
      'the bearer token is not known',
    ],
    ['another scheme', `Basic ${token}`, 'DOOR_TOKEN_INVALID', 'is not of the form'],
    ['two tokens', `Bearer ${token} ${token}`, 'DOOR_TOKEN_INVALID', 'is not of the form'],
    ['an endless header', `Bearer ${'x'.repeat(13_000)}`, 'DOOR_TOKEN_INVALID', 'is too long'],
  ])('refuses %s', (_, header, code, message) => {
    const refusal = authenticate(header);
    expect(refusal).toBeInstanceOf(CodedError);
    expect(refusal).toMatchObject({ code });
    expect((refusal as CodedError).message).toContain(message);
  });

  it('refuses everything where no token is known', () => {
    expect(tokenAuthenticator([])('Bearer x')).toMatchObject({ code: 'DOOR_TOKEN_INVALID' });
  });
});

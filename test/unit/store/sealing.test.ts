// Sealing: what opens, what is refused, and that nothing of the content shows.
import { describe, expect, it } from 'vitest';
import { createSealing } from '../../../src/store/sealing.ts';

const oldSecret = 'old-secret-of-32-bytes-0123456789';
const newSecret = 'new-secret-of-32-bytes-0123456789';
const sealing = createSealing([newSecret, oldSecret]);
const before = createSealing([oldSecret]);
const foreign = createSealing(['foreign-secret-of-32-bytes-012345']);

const refusal = (what: string) =>
  expect.objectContaining({ code: 'STATE_UNREADABLE', message: `a record of the state ${what}` });

describe('sealing', () => {
  it.each(['', 'plain', '{"token":"é日🚢"}', 'x'.repeat(100_000)])('opens what it sealed', (text) => {
    const sealed = sealing.seal('grant', 'key', text);
    expect(sealing.open('grant', 'key', sealed)).toEqual({ text, isNewest: true });
  });

  it('never gives the same text twice, and shows nothing of the content', () => {
    const one = sealing.seal('grant', 'key', 'very secret content');
    const other = sealing.seal('grant', 'key', 'very secret content');
    expect(one).not.toBe(other);
    for (const part of one.split('.').map((text) => Buffer.from(text, 'base64url').toString('latin1')))
      expect(part).not.toMatch(/very|secret|content/);
  });

  it('opens with an old secret while it is on the list, and says that it is old', () => {
    const sealed = before.seal('grant', 'key', 'text');
    expect(sealing.open('grant', 'key', sealed)).toEqual({ text: 'text', isNewest: false });
    expect(() => createSealing([newSecret]).open('grant', 'key', sealed)).toThrow(
      refusal('is sealed with a secret that the server does not have'),
    );
  });

  it('seals with the first secret only', () => {
    const sealed = sealing.seal('grant', 'key', 'text');
    expect(() => before.open('grant', 'key', sealed)).toThrow(
      refusal('is sealed with a secret that the server does not have'),
    );
  });

  it.each(['', 'text', '{"record":1}', 'sealed1', 'sealed1.a.b.c', 'sealed2.x'])(
    'refuses plaintext: "%s"',
    (text) => {
      expect(() => sealing.open('grant', 'key', text)).toThrow(refusal('is not sealed'));
    },
  );

  it('refuses a record that was moved to another key or another collection', () => {
    const sealed = sealing.seal('grant', 'key', 'text');
    const moved = refusal('is damaged, or was sealed for another place');
    expect(() => sealing.open('grant', 'other', sealed)).toThrow(moved);
    expect(() => sealing.open('code', 'key', sealed)).toThrow(moved);
  });

  it('refuses a foreign record, and one whose name of the secret was swapped', () => {
    const sealed = foreign.seal('grant', 'key', 'text');
    expect(() => sealing.open('grant', 'key', sealed)).toThrow(
      refusal('is sealed with a secret that the server does not have'),
    );
    const [format, , ...rest] = sealed.split('.');
    const [, ours] = sealing.seal('grant', 'key', 'text').split('.');
    expect(() => sealing.open('grant', 'key', [format, ours, ...rest].join('.'))).toThrow(
      refusal('is damaged, or was sealed for another place'),
    );
  });

  it('refuses a record of which one bit was changed or one character is missing', () => {
    const sealed = sealing.seal('grant', 'key', 'some text');
    const start = sealed.lastIndexOf('.') + 1;
    for (let index = start; index < sealed.length; index += 5) {
      const changed = sealed.charAt(index) === 'A' ? 'B' : 'A';
      const broken = `${sealed.slice(0, index)}${changed}${sealed.slice(index + 1)}`;
      expect(() => sealing.open('grant', 'key', broken)).toThrow();
      expect(() => sealing.open('grant', 'key', sealed.slice(0, index))).toThrow();
    }
  });

  it('derives one key per secret and purpose, the newest first, and no two alike', () => {
    const cookies = sealing.deriveKeys('cookies');
    const forms = sealing.deriveKeys('forms');
    expect(cookies).toEqual(createSealing([newSecret, oldSecret]).deriveKeys('cookies'));
    expect(before.deriveKeys('cookies')).toEqual([cookies[1]]);
    const all = [...cookies, ...forms].map((key) => Buffer.from(key).toString('hex'));
    expect(new Set(all).size).toBe(4);
    expect(all.every((key) => key.length === 64)).toBe(true);
  });

  it('needs a secret', () => {
    expect(() => createSealing([])).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });
});

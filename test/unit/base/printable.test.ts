// Texts of others are shown without unseen characters and without half a character.
import { describe, expect, it } from 'vitest';
import { clipped, printable } from '../../../src/base/printable.ts';

describe('clipped', () => {
  it('leaves a text that fits as it is', () => {
    expect(clipped('a😀', 3)).toBe('a😀');
  });

  it('leaves no half of a character behind', () => {
    expect(clipped('a😀b', 2)).toBe('a…');
    expect(clipped('a😀b', 3)).toBe('a😀…');
    expect(clipped('😀', 0)).toBe('…');
  });
});

describe('printable', () => {
  it('replaces what is not seen one for one, and lone halves of characters too', () => {
    expect(printable('a\u0000b\u202ec\u{e0041}d\ud83de')).toBe('a b c  d e');
  });

  it('keeps letters, marks and emoji', () => {
    expect(printable('Ärger über 😀 е́')).toBe('Ärger über 😀 е́');
  });
});

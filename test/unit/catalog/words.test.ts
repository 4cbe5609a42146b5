// Words of names and comments, so that two spellings of one idea meet.
import { describe, expect, it } from 'vitest';
import { stemOf, wordsOf } from '../../../src/catalog/words.ts';

describe('wordsOf', () => {
  it.each([
    ['daily_vehicle_km', ['daily', 'vehicle', 'km']],
    ['dailyVehicleKm', ['daily', 'vehicle', 'km']],
    ['_x__y_', ['x', 'y']],
    ['Köln, Straße 7', ['koln', 'straße', '7']],
    ['l_per_100km', ['l', 'per', '100km']],
    ['…', []],
  ])('cuts %s', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });
});

describe('stemOf', () => {
  it.each([
    ['vehicles', 'vehicle'],
    ['companies', 'company'],
    ['addresses', 'address'],
    ['boxes', 'box'],
    ['address', 'address'],
    ['status', 'status'],
    ['gas', 'gas'],
    ['analysis', 'analysis'],
    ['idling', 'idl'],
    ['string', 'string'],
  ])('%s becomes %s', (word, stem) => {
    expect(stemOf(word)).toBe(stem);
  });
});

// The name somebody probably meant.
import { describe, expect, it } from 'vitest';
import { editDistance, nearestName } from '../../../src/base/nearest-name.ts';

describe('nearestName', () => {
  it('finds a name that lacks a letter', () => {
    expect(nearestName('MCP_POL_MAX', ['MCP_MAX_ROWS', 'MCP_POOL_MAX'])).toBe('MCP_POOL_MAX');
  });

  it('counts swapped neighbours as one edit', () => {
    expect(editDistance('vehicel', 'vehicle')).toBe(1);
  });

  it('ignores case', () => {
    expect(nearestName('Vehicles', ['VEHICLES'])).toBe('VEHICLES');
  });

  it('says nothing where no name is near', () => {
    expect(nearestName('invoice', ['vehicles', 'fuel_events'])).toBeUndefined();
  });

  it('allows one edit in a name of three letters and refuses two', () => {
    expect(nearestName('abc', ['abd'])).toBe('abd');
    expect(nearestName('abc', ['add'])).toBeUndefined();
  });

  it('prefers the nearest over the first', () => {
    expect(nearestName('drivers', ['driver_x', 'driver'])).toBe('driver');
  });
});

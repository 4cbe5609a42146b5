// The names that hints offer: what was probably meant, and nothing where nothing is near.
import { describe, expect, it } from 'vitest';
import {
  columnListing,
  nearestColumns,
  nearestRelations,
  readableColumns,
} from '../../../src/catalog/nearest.ts';
import { catalogOf } from '../../support/catalog-of.ts';

const catalog = catalogOf({
  'fuel.fills': 'fill_id vehicle_id litres filled_at',
  'fuel.stations': 'station_id brand',
  'tracksolid.vehicles': 'vehicle_id plate model_year',
  'tracksolid.trips': 'trip_id vehicle_id driver_id started_at',
  'reporting.daily_vehicle': 'vehicle_id day km',
  'reporting.Odd Name': 'Some-Column',
});

describe('nearestRelations', () => {
  it.each([
    ['fils', 'fuel.fills'],
    ['fuel.fill', 'fuel.fills'],
    ['public.fills', 'fuel.fills'],
    ['FUEL.FILLS', 'fuel.fills'],
    ['vehcile', 'tracksolid.vehicles'],
    ['vehicle_daily', 'reporting.daily_vehicle'],
    ['dailyvehicle', 'reporting.daily_vehicle'],
    ['odd_name', 'reporting."Odd Name"'],
    ['trip', 'tracksolid.trips'],
  ])('for %s offers first %s', (asked, first) => {
    expect(nearestRelations(catalog, asked, 3)[0]).toBe(first);
  });

  it('offers nothing where nothing is near', () => {
    expect(nearestRelations(catalog, 'invoices', 3)).toEqual([]);
    expect(nearestRelations(catalog, '', 3)).toEqual([]);
  });

  it('offers no more than asked for', () => {
    expect(nearestRelations(catalog, 'vehicle', 1)).toHaveLength(1);
  });

  it('answers a very long name without working on all of it', () => {
    expect(nearestRelations(catalog, 'x'.repeat(1_000_000), 3)).toEqual([]);
  });
});

describe('nearestColumns', () => {
  it.each([
    ['litre', ['fuel.fills'], 'fuel.fills.litres'],
    ['f.liters', ['fuel.fills'], 'fuel.fills.litres'],
    ['vehicleid', ['trips'], 'tracksolid.trips.vehicle_id'],
    ['year', ['tracksolid.vehicles', 'fuel.fills'], 'tracksolid.vehicles.model_year'],
    ['some_column', ['reporting."Odd Name"'], 'reporting."Odd Name"."Some-Column"'],
    ['plat', [], 'tracksolid.vehicles.plate'],
  ])('for %s in %j offers first %s', (asked, relations, first) => {
    expect(nearestColumns(catalog, relations, asked, 3)[0]).toBe(first);
  });

  it('looks only where it is told to', () => {
    expect(nearestColumns(catalog, ['fuel.stations'], 'plate', 3)).toEqual([]);
    expect(nearestColumns(catalog, ['no.such'], 'plate', 3)).toEqual([]);
  });
});

describe('columnListing', () => {
  it('names every column of the tables that are known, quoted where SQL wants it', () => {
    expect(columnListing(catalog, ['fuel.stations', 'a_cte', 'reporting.Odd Name'])).toBe(
      'fuel.stations has station_id, brand; reporting."Odd Name" has "Some-Column".',
    );
  });

  it('is left out where no table is known', () => {
    expect(columnListing(catalog, [])).toBeUndefined();
    expect(columnListing(catalog, ['a_cte'])).toBeUndefined();
  });

  it('is left out where there are more than 25 columns to name', () => {
    const wide = (count: number) =>
      catalogOf({ 'fuel.wide': Array.from({ length: count }, (_, at) => `c${at}`).join(' ') });
    expect(columnListing(wide(25), ['fuel.wide'])).toContain('c24.');
    expect(columnListing(wide(26), ['fuel.wide'])).toBeUndefined();
  });
});

describe('readableColumns', () => {
  const wide = Array.from({ length: 40 }, (_, number) => `c${number}`).join(' ');
  const whole = catalogOf({ 'hr.people': 'id name', 'hr.sites': 'id', 'hr.wide': wide });
  const relations = whole.relations.map((one) => ({ ...one, whole: one.name === 'sites' }));
  const partial = { ...whole, findBare: (name: string) => relations.filter((one) => one.name === name) };

  it('names the columns of those relations of which not all may be read', () => {
    expect(readableColumns(partial, ['people', 'sites'])).toBe(
      'You may read only id, name of hr.people; name the columns.',
    );
  });

  it('is nothing where all may be read', () => {
    expect(readableColumns(partial, ['sites', 'nowhere'])).toBeUndefined();
  });

  it('names no more than 25 columns', () => {
    expect(readableColumns(partial, ['wide'])).toMatch(/c24 and 15 more of hr\.wide; name the columns\.$/);
  });
});

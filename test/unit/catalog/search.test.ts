// Search over names and comments: what comes first, what is tolerated, what is noise.
import { describe, expect, it } from 'vitest';
import { createSchemaSearch } from '../../../src/catalog/search.ts';
import { catalogOf } from '../../support/catalog-of.ts';

const catalog = catalogOf(
  {
    'fuel.fills': 'fill_id vehicle_id litres price_per_l',
    'fuel.stations': 'station_id brand city',
    'tickets.tickets': 'ticket_id vehicle_id status cost',
    'tracksolid.trips': 'trip_id vehicle_id distance_km idle_min',
    'tracksolid.vehicles': 'vehicle_id plate tank_l',
    'reporting.daily_vehicle': 'vehicle_id day km',
    'reporting.order_lines': 'order_id line_no',
    'reporting.orders': 'order_id placed_at',
  },
  {
    tracksolid: 'GPS telematics of the fleet',
    'fuel.fills': 'Each refuelling at a pump',
    'tickets.tickets.cost': 'Workshop invoice in EUR',
  },
);

const search = createSchemaSearch();
const found = async (query: string): Promise<string[]> =>
  (await search(catalog, query, 10)).matches.map(({ relation }) => `${relation.schema}.${relation.name}`);

describe('createSchemaSearch', () => {
  it.each([
    ['orders', 'reporting.orders'],
    ['order line', 'reporting.order_lines'],
    ['price of fuel', 'fuel.fills'],
    ['how many tickets do we have', 'tickets.tickets'],
    ['vehicle plates', 'tracksolid.vehicles'],
    ['vehcile daily', 'reporting.daily_vehicle'],
    ['refueling', 'fuel.fills'],
    ['workshop cost', 'tickets.tickets'],
    ['idling', 'tracksolid.trips'],
    ['idleMin', 'tracksolid.trips'],
    ['stationbrand', 'fuel.stations'],
  ])('finds for "%s" first %s', async (query, first) => {
    expect((await found(query))[0]).toBe(first);
  });

  it('names the columns that fit, best first', async () => {
    const { matches } = await search(catalog, 'price litres', 1);
    expect(matches[0]?.columns.map((column) => column.name)).toEqual(['litres', 'price_per_l']);
  });

  it('finds all tables of a schema by its comment where nothing fits more closely', async () => {
    expect(await found('telematics')).toEqual(['tracksolid.trips', 'tracksolid.vehicles']);
  });

  it('considers typos only where the word as written fits nothing', async () => {
    expect(await found('trips')).toEqual(['tracksolid.trips']);
  });

  it('gives no more than asked for and counts the rest', async () => {
    const { matches, total } = await search(catalog, 'vehicle', 2);
    expect(matches).toHaveLength(2);
    expect(total).toBe(5);
  });

  it('finds nothing for words that are nowhere, or for no words', async () => {
    expect(await found('invoice_zzz qqqqqq')).not.toContain('reporting.orders');
    expect(await found('qqqqqq')).toEqual([]);
    expect(await found('…')).toEqual([]);
  });

  it('takes a filler word seriously where there is no other', async () => {
    expect(await found('per')).toEqual(['fuel.fills']);
  });
});

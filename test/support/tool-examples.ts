// Calls that a model would make of each tool on the demo's data; the tool contract runs every one of them.

/** Arguments by tool name; a tool without an example fails its contract. */
export const toolExamples: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  query: [
    { sql: 'select class, count(*) from tracksolid.vehicles group by class order by class' },
    { sql: 'select * from tracksolid.trips order by trip_id', max_rows: 2, format: 'markdown' },
    { sql: 'select plate from tracksolid.vehicles where vehicle_id = $1', params: [7], format: 'json' },
  ],
  explain: [
    { sql: 'select count(*) from tracksolid.trips' },
    { sql: 'select * from tracksolid.trips where vehicle_id = $1', params: [7], analyze: true },
  ],
  list_tables: [
    {},
    { schema: 'fuel' },
    { pattern: 'fuel.*', kind: 'table', limit: 1 },
    { pattern: 'no such table' },
  ],
  search_schema: [
    { query: 'fuel price per vehicle' },
    { query: 'vehcile', detail: 'names' },
    { query: 'open tickets', detail: 'full', limit: 1 },
    { query: 'qqqqqq' },
  ],
  describe_table: [{ table: 'fuel.fills' }, { table: 'reporting.daily_vehicle', detail: 'full' }],
};

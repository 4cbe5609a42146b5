// compare_periods: a measure of one table in one period against another; it asks for causes only as far as data goes.
import type { SchemaSource } from '../../catalog/schema.ts';
import { completeQualifiedTable } from '../complete-name.ts';
import type { Prompt } from '../prompt.ts';

/** Makes the prompt. */
export function comparePeriods(schema: SchemaSource): Prompt {
  return {
    name: 'compare_periods',
    title: 'Compare two periods',
    description: 'How a measure changed from one period to the next, and what the change is made of.',
    arguments: [
      {
        name: 'table',
        description: 'schema.table that holds the measure',
        required: true,
        complete: completeQualifiedTable(schema),
      },
      {
        name: 'measure',
        description: 'What to compare, for example litres or number of trips',
        required: true,
      },
      { name: 'periods', description: 'For example "October against September"', required: false },
    ],
    render: async (filled) => [{ role: 'user', text: promptText(filled) }],
  };
}

function promptText(filled: Readonly<Record<string, string>>): string {
  const periods = filled['periods'];
  const compared =
    periods === undefined || periods === ''
      ? 'the last full month in the data with the month before it'
      : `these periods: ${periods}`;
  return [
    `Compare ${filled['measure'] ?? ''} of ${filled['table'] ?? ''} between two periods; take ${compared}.`,
    '',
    '1. Read the table with describe_table and find its date column; check with min and max that both periods are ' +
      'complete, and say so where one is not.',
    '2. Give both totals, the difference and the change in per cent, and per day where the periods differ in length.',
    '3. Split the difference by the two or three dimensions that explain most of it.',
    '4. Say what the data shows and what it only suggests. Show the SQL last.',
  ].join('\n');
}

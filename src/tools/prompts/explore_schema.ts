// explore_schema: the analyst wants to know what data there is; the prompt asks for a tour, not for numbers.
import type { SchemaSource } from '../../catalog/schema.ts';
import { completeSchema } from '../complete-name.ts';
import type { Prompt } from '../prompt.ts';

/** Makes the prompt. */
export function exploreSchema(schema: SchemaSource): Prompt {
  return {
    name: 'explore_schema',
    title: 'What data is there?',
    description: 'A tour of the tables, how they hang together, and questions they could answer.',
    arguments: [
      {
        name: 'schema',
        description: 'Only this schema',
        required: false,
        complete: completeSchema(schema),
      },
    ],
    render: async (filled) => [{ role: 'user', text: promptText(filled['schema']) }],
  };
}

function promptText(schema: string | undefined): string {
  const scope =
    schema === undefined || schema === '' ? 'this database' : `the schema ${schema} of this database`;
  return [
    `Show me what data there is in ${scope}.`,
    '',
    '1. Call list_tables, then describe_table for the tables that matter most.',
    '2. Tell me in plain words what each of them records, how they are joined, and which period they cover; take the ' +
      'period from the data (min and max of the main date), not from names.',
    '3. Name what looks unfinished or odd: empty tables, columns without values, tables without keys.',
    '4. End with five questions that this data can answer and that somebody in the business would ask.',
  ].join('\n');
}

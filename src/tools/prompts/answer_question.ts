// answer_question: one question of an analyst, answered from the data with the SQL and its assumptions shown.
import type { Prompt } from '../prompt.ts';

/** Makes the prompt. */
export function answerQuestion(): Prompt {
  return {
    name: 'answer_question',
    title: 'Answer a question from the data',
    description:
      'Finds the tables, checks them, answers with numbers, and shows the SQL and the assumptions.',
    arguments: [{ name: 'question', description: 'The question in your own words', required: true }],
    render: async (filled) => [{ role: 'user', text: promptText(filled['question'] ?? '') }],
  };
}

function promptText(question: string): string {
  return [
    'Answer this question from the database:',
    '',
    question,
    '',
    '1. Find the tables with search_schema and read them with describe_table before you write SQL.',
    '2. Say which reading of the question you chose where it has more than one (period, time zone, what counts).',
    '3. Check the result: does the count of rows make sense, do joins multiply rows, are there nulls or gaps?',
    '4. Give the answer first, in a sentence with its numbers, then the SQL, then what it leaves out. Say so where ' +
      'the data cannot answer the question.',
  ].join('\n');
}

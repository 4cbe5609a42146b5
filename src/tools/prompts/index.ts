// The list of prompts: one import and one line for each.
import type { SchemaSource } from '../../catalog/schema.ts';
import type { Prompt } from '../prompt.ts';
import { answerQuestion } from './answer_question.ts';
import { comparePeriods } from './compare_periods.ts';
import { exploreSchema } from './explore_schema.ts';

/** Every prompt of the product. */
export function createPrompts(deps: { readonly schema: SchemaSource }): readonly Prompt[] {
  return [exploreSchema(deps.schema), answerQuestion(), comparePeriods(deps.schema)];
}

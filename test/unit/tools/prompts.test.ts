// The prompts: what an analyst fills in is in the text, and what is left empty has a sensible default.
import { describe, expect, it } from 'vitest';
import { createPrompts } from '../../../src/tools/prompts/index.ts';
import { callContext } from '../../support/schema-tools.ts';

const schema = {
  current: () => Promise.reject(new Error('no prompt needs the schema to be rendered')),
  renewed: () => Promise.reject(new Error('no prompt needs the schema to be rendered')),
  latest: () => Promise.reject(new Error('no prompt needs the schema to be rendered')),
  peek: () => undefined,
  fresh: () => undefined,
};

const prompts = createPrompts({ schema });

describe('every prompt', () => {
  it.each(prompts.map((prompt) => [prompt.name, prompt] as const))(
    '%s renders what is filled in',
    async (_, prompt) => {
      const filled = Object.fromEntries(prompt.arguments.map(({ name }) => [name, `given-${name}`]));
      const [message] = await prompt.render(filled, callContext());
      for (const value of Object.values(filled)) expect(message?.text).toContain(value);
    },
  );

  it.each(prompts.map((prompt) => [prompt.name, prompt] as const))(
    '%s renders with the required arguments alone',
    async (_, prompt) => {
      const required = prompt.arguments.filter((argument) => argument.required);
      const filled = Object.fromEntries(required.map(({ name }) => [name, `given-${name}`]));
      const [message] = await prompt.render(filled, callContext());
      expect(message?.text).not.toMatch(/undefined/);
    },
  );

  it('takes the last full month where no periods are given', async () => {
    const compare = prompts.find((prompt) => prompt.name === 'compare_periods');
    const [message] = await compare!.render({ table: 'fuel.fills', measure: 'litres' }, callContext());
    expect(message?.text).toContain('the last full month in the data with the month before it');
  });
});

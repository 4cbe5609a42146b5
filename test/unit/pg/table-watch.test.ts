// What a kept statement asks at its end, and what follows from the answers; the questions themselves meet Postgres elsewhere.
import { describe, expect, it } from 'vitest';
import { TableWatch } from '../../../src/pg/table-watch.ts';
import { dataRow } from '../../support/data-row.ts';

/** One run: whether the statement was parsed before, and what Postgres answers at its end. */
function run(watch: TableWatch, isParsed: boolean, ...answer: (string | null)[]) {
  const asked = watch.question(isParsed).toString('latin1').includes('watch_moment') ? 'moment' : 'columns';
  if (answer.length > 0) {
    const payload = dataRow(['', ...answer]);
    watch.answer(payload, 0);
  }
  return [asked, watch.watched];
}

describe('a watch over tables', () => {
  it('finds columns as they were when the statement was parsed, or changed', () => {
    const watch = new TableWatch([{ name: 't' }]);
    expect(run(watch, false, '1:1:', 'columns a')).toEqual(['columns', 'same']);
    expect(run(watch, true, '2:2:', 'columns a')).toEqual(['columns', 'same']);
    expect(run(watch, true, '3:3:', 'columns b')).toEqual(['columns', 'changed']);
    expect(run(watch, false, '4:4:', 'columns b')).toEqual(['columns', 'same']);
  });

  it('asks for the moment alone where no transaction ended from one run to the next', () => {
    const watch = new TableWatch([{ schema: 's', name: 't' }]);
    run(watch, false, '1:1:', 'columns a');
    run(watch, true, '1:1:', 'columns a');
    expect(run(watch, true, null)).toEqual(['moment', 'same']);
    expect(run(watch, true, null)).toEqual(['moment', 'same']);
  });

  it('cannot tell where one has ended, and asks for the columns then', () => {
    const watch = new TableWatch([{ name: 't' }]);
    run(watch, false, '1:1:', 'columns a');
    run(watch, true, '1:1:', 'columns a');
    expect(run(watch, true, '2:2:')).toEqual(['moment', 'untold']);
    expect(run(watch, true, '2:2:', 'columns b')).toEqual(['columns', 'changed']);
  });

  it('knows nothing of a run that ended before it could ask', () => {
    const watch = new TableWatch([{ name: 't' }]);
    run(watch, false, '1:1:', 'columns a');
    expect(run(watch, true)).toEqual(['columns', 'untold']);
  });

  it('writes names so that Postgres reads just them', () => {
    const asked = new TableWatch([{ schema: 'S"x', name: 'a\\b' }, { name: 'plain' }]).question(false);
    expect(asked.toString('latin1')).toContain(String.raw`{"\"S\"\"x\".\"a\\b\"","\"plain\""}`);
  });
});

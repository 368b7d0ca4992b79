/** The examples of the API reference: one for each export, true, and in the pages that are written. */
import { publicNames } from '../../packages/ams-rest/test/api-report';
import { examples, namesIn } from './read-examples';
import { runArrows } from './run-arrows';

const exported = publicNames().map(({ name }) => name);
const shown = examples.flatMap(({ names }) => names);

it('every export has one example', () => {
  expect([...shown].sort()).toEqual([...exported].sort());
});

it.each(examples)('$place uses $names', ({ names, code }) => {
  expect([...namesIn(code)]).toEqual(expect.arrayContaining([...names]));
});

it.each(examples)('$place is short', ({ code }) => {
  expect(code.split('\n').length).toBeLessThanOrEqual(12);
});

it.each(examples.filter(({ code }) => code.includes('→')))('$place says what comes out', async (example) => {
  const arrows = await runArrows(example, require);
  expect(arrows.length).toBe(example.code.split('→').length - 1);
  for (const { line, found, promised } of arrows) expect({ line, is: found }).toEqual({ line, is: promised });
});

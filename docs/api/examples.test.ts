/** The examples of the API reference: one for each export, and short. */
import { publicNames } from '../../packages/ams-rest/test/api-report';
import { examples, namesIn } from './read-examples';

const exported = publicNames().map(({ name }) => name);
const shown = examples.flatMap(({ names }) => names);

it('every export has one example', () => {
  expect([...shown].sort()).toEqual([...exported].sort());
});

it('each uses all that it is named after', () => {
  const unused = examples.flatMap(({ names, code, place }) => {
    const used = namesIn(code);
    return names.filter((name) => !used.has(name)).map((name) => `${place} ${name}`);
  });
  expect(unused).toEqual([]);
});

it('each is short', () => {
  const long = examples.filter(({ code }) => code.split('\n').length > 12);
  expect(long.map(({ place }) => place)).toEqual([]);
});

/** The vectors keep to their schema, and ams-rest itself to the vectors. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import Ajv from 'ajv';
import { difference } from '../src/compare';
import { loadVectors, vectorFiles, type VectorCase } from '../src/vectors';
import type { Answer, Json } from '../src/protocol';
import { undeclared } from './members';
import { portError } from './typescript-port/errors';
import { FUNCTIONS } from './typescript-port/functions';

const vectors = loadVectors();

async function run(name: string, { input }: VectorCase): Promise<Answer> {
  const run = FUNCTIONS[name];
  if (!run) return { notAttempted: true };
  try {
    // Through text, as it would go to a port: what JSON cannot carry must not count.
    return { output: JSON.parse(JSON.stringify(await run(input as never))) as Json };
  } catch (error) {
    return { error: portError(error) };
  }
}

const schema = JSON.parse(readFileSync(join(__dirname, '../vectors/schema.json'), 'utf8')) as object;
const validate = new Ajv({ allErrors: true }).compile(schema);

test.each(vectorFiles().map((path) => [basename(path), path]))('%s keeps to the schema', (_, path) => {
  validate(JSON.parse(readFileSync(path, 'utf8')));
  expect(validate.errors).toBeNull();
});

test('ids are unique and begin with the function’s name', () => {
  const ids = vectors.flatMap(({ cases }) => cases.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
});

describe.each(vectors)('the members of $function', ({ input, output, cases }) => {
  test('are those that are declared, each used, those with ? also left out', () => {
    expect(
      undeclared(
        input,
        cases.map((vector) => vector.input),
      ),
    ).toEqual([]);
    const outputs = cases.flatMap((vector) => ('output' in vector ? [vector.output ?? null] : []));
    expect(undeclared(output, outputs)).toEqual([]);
  });
});

test('a member that is not declared, missing or never used is found', () => {
  const declared = { a: 'x', 'b?': 'x', 'c[].d': 'x' };
  expect(
    undeclared(declared, [
      { a: 1, c: [{ d: 1 }] },
      { a: 1, b: 1, c: [] },
    ]),
  ).toEqual([]);
  expect(undeclared(declared, [{ a: 1, b: 1, c: [{ d: 1 }] }])).toEqual(['b? is never left out']);
  expect(undeclared({ a: 'x' }, [{ a: 1, e: 1 }, {}])).toEqual(['e is not declared', 'a is missing']);
  expect(undeclared({ '': 'x', a: 'x' }, [null])).toEqual(['a is never used']);
  expect(undeclared({ a: 'x' }, [{ a: 1 }, null])).toEqual(['the whole is not declared']);
});

test('the port in TypeScript has each function of the vectors, and no other', () => {
  expect(Object.keys(FUNCTIONS).sort()).toEqual(vectors.map((group) => group.function).sort());
});

describe.each(vectors)('$function', (group) => {
  test.each(group.cases)('$id', async (vector) => {
    expect(difference(group, vector, await run(group.function, vector))).toBeUndefined();
  });
});

test('a wrong output, a wrong error and nothing at all are told apart from the right one', () => {
  for (const group of vectors)
    for (const vector of group.cases) {
      expect(difference(group, vector, { output: 'certainly not this' })).toBeDefined();
      expect(difference(group, vector, { error: { kind: 'network' } })).toBeDefined();
      expect(difference(group, vector, { notAttempted: true })).toBeDefined();
    }
});

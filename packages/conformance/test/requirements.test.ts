/** Requirements, vectors, scenarios and the page about them belong together. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FUNCTIONS_PAGE_PATH, functionsPage } from '../scripts/functions-page';
import { PAGE_PATH, requirementsPage } from '../scripts/requirements-page';
import { SCENARIOS } from '../src/scenarios';
import { LEVELS, loadRequirements, loadSections, loadVectors } from '../src/vectors';

const ROOT = join(__dirname, '../../..');
const requirements = loadRequirements();
const ids = requirements.map(({ id }) => id);
const proved = new Set([
  ...loadVectors().flatMap(({ cases }) => cases.map(({ requirement }) => requirement)),
  ...SCENARIOS.flatMap((scenario) => scenario.requirements),
]);

test('ids are unique, numbered within their section, and have a known level', () => {
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id, requirements: inside } of loadSections())
    expect(inside.map((requirement) => requirement.id)).toEqual(
      inside.map((_, index) => `${id}-${String(index + 1).padStart(2, '0')}`),
    );
  for (const { level, keyword, text } of requirements) {
    expect(LEVELS).toContain(level);
    expect(['must', 'should']).toContain(keyword);
    expect(text).toMatch(/\.$/);
  }
});

test.each(ids)('%s has a vector or a scenario', (id) => expect(proved).toContain(id));

test.each([...proved])('%s, which a vector or scenario proves, is a requirement', (id) =>
  expect(ids).toContain(id),
);

test('the README names the requirements that no scenario is about', () => {
  const readme = readFileSync(join(ROOT, 'packages/conformance/README.md'), 'utf8');
  const [, part = ''] = readme.split(/## What only vectors show|^As a library/m);
  const ranges = [...part.matchAll(/([A-Z]{3})-(\d\d)(?: to [A-Z]{3}-(\d\d))?(?=[ ,])/g)];
  const named = ids.filter((id) =>
    ranges.some(([, section = '', from = '', to = from]) => {
      const [ownSection = '', number = ''] = id.split('-');
      return ownSection === section && number >= from && number <= to;
    }),
  );
  const played = SCENARIOS.flatMap((scenario) => scenario.requirements);
  expect(ids.filter((id) => !played.includes(id))).toEqual(named.filter((id) => !played.includes(id)));
});

test('scenarios have names of their own', () => {
  const names = SCENARIOS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test('the page about the requirements is what the data says', () => {
  expect(readFileSync(join(ROOT, PAGE_PATH), 'utf8')).toBe(requirementsPage());
});

test('the page about the pure functions is what the vectors say', () => {
  expect(readFileSync(join(ROOT, FUNCTIONS_PAGE_PATH), 'utf8')).toBe(functionsPage());
});

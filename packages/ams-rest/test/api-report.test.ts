import { readFileSync } from 'node:fs';
import { apiReport, publicNames, REPORT } from './api-report';

const names = publicNames();

it('docs/api/ams-rest.api.md is the public surface (if the change is meant: pnpm api-report)', () => {
  expect(apiReport(names)).toBe(readFileSync(REPORT, 'utf8'));
});

it('nothing is deprecated', () => {
  expect(names.filter(({ isDeprecated }) => isDeprecated)).toEqual([]);
});

it('every export has a docstring', () => {
  expect(names.filter(({ isDocumented }) => !isDocumented).map(({ name }) => name)).toEqual([]);
});

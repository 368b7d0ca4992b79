/** docs/translating/requirements.md from the data: the requirements, and what proves each of them. */
import { SCENARIOS } from '../src/scenarios';
import { loadSections, loadVectors, type Requirement, type RequirementSection } from '../src/vectors';

export const PAGE_PATH = 'docs/translating/requirements.md';

export function requirementsPage(): string {
  const sections = loadSections();
  return [
    '# Requirements',
    '',
    '<!-- Written by `pnpm --dir packages/conformance pages` from packages/conformance/requirements.json. -->',
    '',
    'In the order in which one would build. _Must_ and _should_ are those of RFC 2119. Each requirement names what',
    'proves it: cases of pure functions in [vectors](../../packages/conformance/vectors), and scenarios that the',
    '[judge](protocol.md) plays. Levels: core, then reliable, storage, complete; each has those before it.',
    '',
    ...sections.flatMap(sectionLines),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}

function sectionLines({ title, intro, requirements }: RequirementSection): string[] {
  return [`## ${title}`, '', intro, '', ...requirements.flatMap(requirementLines)];
}

function requirementLines({ id, keyword, level, text, why, reference, bytes }: Requirement): string[] {
  return [
    `### ${id}`,
    '',
    `_${keyword}, ${level}._ ${text}`,
    '',
    ...(why === '' ? [] : [`Why: ${why}`, '']),
    ...(bytes === '' ? [] : ['```text', bytes, '```', '']),
    ...(reference === '' ? [] : [`Reference: ${reference}.`, '']),
    `Proved by: ${proofs(id).join(', ')}.`,
    '',
  ];
}

function proofs(id: string): string[] {
  const functions = loadVectors().flatMap(({ function: name, cases }) => {
    const count = cases.filter(({ requirement }) => requirement === id).length;
    return count === 0 ? [] : [`\`${name}\` (${count})`];
  });
  const scenarios = SCENARIOS.filter(({ requirements }) => requirements.includes(id));
  return [...functions, ...scenarios.map(({ name }) => `scenario \`${name}\``)];
}

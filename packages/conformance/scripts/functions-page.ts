/** docs/translating/functions.md from the vectors: what goes into each pure function, and what comes out. */
import { loadVectors, type FunctionVectors } from '../src/vectors';

export const FUNCTIONS_PAGE_PATH = 'docs/translating/functions.md';

export function functionsPage(): string {
  return [
    '# The pure functions',
    '',
    '<!-- Written by `pnpm --dir packages/conformance pages` from packages/conformance/vectors. -->',
    '',
    'What goes into each, and what comes out, by the names of the members in the',
    '[vectors](../../packages/conformance/vectors). A name that ends in `?` may be left out, `[]` is each element of a list.',
    'No case has other members; what their values look like, the cases show.',
    '',
    ...loadVectors().flatMap(functionLines),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}

function functionLines({ function: name, about, input, output, cases }: FunctionVectors): string[] {
  const kinds = new Set(
    cases.flatMap(({ error }) => (typeof error?.['kind'] === 'string' ? [error['kind']] : [])),
  );
  return [
    `## ${name}`,
    '',
    about,
    '',
    ...memberLines('in', input),
    ...memberLines('out', output),
    ...(kinds.size === 0 ? [] : [`- error: \`${[...kinds].sort().join('` or `')}\``]),
    '',
  ];
}

function memberLines(side: string, members: Readonly<Record<string, string>>): string[] {
  return Object.entries(members).map(
    ([path, meaning]) => `- ${side}${path === '' ? '' : ` \`${path}\``}: ${meaning}`,
  );
}

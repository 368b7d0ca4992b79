/** Every link of a page to a file, or to a heading, of the repository leads there. */
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { markdownFiles, readText, ROOT } from './markdown';

const LINK = /\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]+))?\)/g;

const links = markdownFiles().flatMap((page) =>
  [...withoutCode(page).matchAll(LINK)].map(([, file = '', heading]) => ({
    from: relative(ROOT, page),
    to: file === '' ? page : join(dirname(page), file),
    heading,
  })),
);

function withoutCode(page: string): string {
  return readText(page).replaceAll(/^```[\s\S]*?^```/gm, '');
}

/** The anchors that a forge makes of the headings. */
function anchors(page: string): string[] {
  return [...withoutCode(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

it('there are links of both kinds', () => {
  expect(links.length).toBeGreaterThan(50);
  expect(links.some(({ heading }) => heading !== undefined)).toBe(true);
});

it('each leads to a file', () => {
  expect(links.filter(({ to }) => !existsSync(to))).toEqual([]);
});

it('each leads to a heading, where it names one', () => {
  const lost = links.filter(
    ({ to, heading }) => heading && to.endsWith('.md') && !anchors(to).includes(heading),
  );
  expect(lost).toEqual([]);
});

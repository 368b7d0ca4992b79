/** Words that the documents do not use, because a plainer word says the same. */
import { join, relative } from 'node:path';
import { markdownFiles, readText, ROOT } from './markdown';

const AVOIDED =
  /\b(shall|whoever|so to say|letter by letter|anew|by hand|go(?:es)? past|comes? of|tells? (?!apart)|told)\b/gi;

/** Pages that commands write, or that quote the output of programs. */
const GENERATED =
  /^docs\/(api\/|demo|fault-matrix|peers|recipes\/curl|speed|translating\/)|^(bench|examples|packages)\//;

const pages = markdownFiles().filter((path) => !GENERATED.test(relative(ROOT, path).replaceAll('\\', '/')));

it.each([...pages, join(ROOT, '.env.example')].map((path) => relative(ROOT, path)))('%s', (page) => {
  const prose = readText(join(ROOT, page)).replaceAll(/^ *```[^]*?^ *```$|`[^`\n]*`|<!--[^]*?-->/gm, '');
  expect(prose.match(AVOIDED) ?? []).toEqual([]);
});

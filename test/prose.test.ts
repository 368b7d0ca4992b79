/** Words that documents and comments do not use, because a plainer word says the same. */
import { existsSync, readdirSync } from 'node:fs';
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

/** Besides those above, in comments. */
const AVOIDED_IN_COMMENTS = /\b(at once|nobody|lets|door|(?:is|are) no HTTP)\b/gi;
const COMMENT = /\/\*[^]*?\*\/|(?<=^|\s)\/\/ .*$/gm;

it.each(readdirSync(join(ROOT, 'packages')))('comments of packages/%s', (name) => {
  const folder = join(ROOT, 'packages', name, 'src');
  const paths = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  const found = paths
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => {
      const comments = readText(join(folder, path)).match(COMMENT)?.join('\n') ?? '';
      const words = [AVOIDED, AVOIDED_IN_COMMENTS].flatMap((list) => comments.match(list) ?? []);
      return words.map((word) => `${path}: ${word}`);
    });
  expect(found).toEqual([]);
});

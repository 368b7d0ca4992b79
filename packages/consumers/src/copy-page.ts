/**
 * Which files of the library are needed for what: the table of docs/copy.md, derived from who imports whom.
 * `pnpm copy-page` writes it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { ROOT } from './pack';

export const SOURCES = join(ROOT, 'packages/ams-rest/src');
export const COPY_PAGE = join(ROOT, 'docs/copy.md');

export interface Capability {
  /** `programs/copied/<program>.ts` uses it. */
  readonly program: string;
  readonly title: string;
  /** What the application imports, without the ending. */
  readonly entries: readonly string[];
}

export const CAPABILITIES: readonly Capability[] = [
  {
    program: 'shared-key',
    title: 'Sign requests to Storage with an account key',
    entries: ['storage/shared-key'],
  },
  { program: 'sas', title: 'Make shared access signatures', entries: ['storage/sas'] },
  {
    program: 'one-token',
    title: 'One token over `fetch`, nothing remembered',
    entries: ['token/token-endpoint', 'http/fetch-transport'],
  },
  {
    program: 'managed-identity',
    title: 'Tokens of a managed identity, remembered',
    entries: ['credentials/imds'],
  },
  {
    program: 'token',
    title: 'Tokens by client secret, remembered and refreshed ahead',
    entries: ['token/client-credentials'],
  },
  {
    program: 'certificate-token',
    title: 'The same by certificate',
    entries: ['credentials/client-certificate'],
  },
  {
    program: 'upload',
    title: 'Upload to a SAS address over `fetch`',
    entries: ['storage/upload', 'storage/sources', 'storage/sas-url', 'http/fetch-transport'],
  },
  {
    program: 'media-services',
    title: 'Media Services with a client secret',
    entries: ['media-services/ams-client', 'media-services/odata', 'token/client-credentials'],
  },
  {
    program: 'resource-manager',
    title: 'Resource Manager with a client secret',
    entries: ['resource-manager/arm-client', 'token/client-credentials'],
  },
];

export interface Needed {
  /** Relative to `src`, sorted. */
  readonly files: readonly string[];
  readonly undici: boolean;
}

/** The files that the entries need, themselves included, by following every import. */
export function filesFor(entries: readonly string[]): Needed {
  const files = new Set<string>();
  const packages = new Set<string>();
  function follow(path: string): void {
    if (files.has(path)) return;
    files.add(path);
    for (const { fileName } of ts.preProcessFile(readFileSync(path, 'utf8')).importedFiles) {
      if (fileName.startsWith('.')) follow(`${join(dirname(path), fileName)}.ts`);
      else packages.add(fileName);
    }
  }
  for (const entry of entries) follow(join(SOURCES, `${entry}.ts`));
  return {
    files: [...files].map((path) => relative(SOURCES, path).replaceAll('\\', '/')).sort(),
    undici: packages.has('undici'),
  };
}

/** The generated part of the page. */
export function capabilityTables(): string {
  const sections = CAPABILITIES.map(({ title, entries, program }) => {
    const { files, undici } = filesFor(entries);
    const example = `packages/consumers/programs/copied/${program}.ts`;
    return [
      `### ${title}`,
      `${files.length} files, ${undici ? 'with' : 'without'} undici. [A program that uses them](../${example})`,
      ['```text', ...files, '```'].join('\n'),
    ].join('\n\n');
  });
  return sections.join('\n\n');
}

const MARKS = /(?<=<!-- files -->\n\n)[\s\S]*(?=\n\n<!-- end of files -->)/;

/** The page with its generated part as it should be. */
export function copyPage(page = readFileSync(COPY_PAGE, 'utf8')): string {
  if (!MARKS.test(page)) throw new Error('docs/copy.md has lost the marks around its list of files');
  return page.replace(MARKS, () => capabilityTables());
}

if (require.main === module) writeFileSync(COPY_PAGE, copyPage());

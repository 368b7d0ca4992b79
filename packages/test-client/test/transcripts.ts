/** The commands that documents show with what they print: a marker `<!-- run: ams … -->` before a block of text. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..', '..');

export const PAGES = ['docs/demo.md', 'packages/test-client/README.md'].map((page) => join(ROOT, page));

const BLOCK = /(<!-- run: ams (.*?) -->\s*```text\n)([\s\S]*?)(```)/g;

export interface Transcript {
  readonly page: string;
  readonly args: readonly string[];
  readonly shown: string;
}

export function transcripts(): Transcript[] {
  return PAGES.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(BLOCK)].map(([, , command = '', shown = '']) => ({
      page,
      args: command.split(' '),
      shown,
    })),
  );
}

/** The page with each block replaced by what `output` gives for its command. */
export function withOutputs(page: string, output: (args: readonly string[]) => string): string {
  return readFileSync(page, 'utf8').replace(
    BLOCK,
    (_, before: string, command: string, __: string, after: string) =>
      `${before}${output(command.split(' ')).replace(/^\n+|\s+$/g, '')}\n${after}`,
  );
}

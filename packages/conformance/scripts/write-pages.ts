/** Writes the pages under docs/translating that come from data and from a run: `pnpm --filter ams-conformance pages`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PAGE_PATH, requirementsPage } from './requirements-page';

const ROOT = join(__dirname, '../../..');

function write(path: string, text: string): void {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), text);
}

write(PAGE_PATH, requirementsPage());

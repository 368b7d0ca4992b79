/** Writes the pages under docs/translating that come from data and from a run: `pnpm --dir packages/conformance pages`. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FUNCTIONS_PAGE_PATH, functionsPage } from './functions-page';
import { PAGE_PATH, requirementsPage } from './requirements-page';
import { recordTranscripts } from './transcripts';

const ROOT = join(__dirname, '../../..');
const TRANSCRIPTS = join(ROOT, 'docs/translating/transcripts');

async function main(): Promise<void> {
  writeFileSync(join(ROOT, PAGE_PATH), requirementsPage());
  writeFileSync(join(ROOT, FUNCTIONS_PAGE_PATH), functionsPage());
  const transcripts = await recordTranscripts();
  rmSync(TRANSCRIPTS, { recursive: true, force: true });
  mkdirSync(TRANSCRIPTS);
  for (const { fileName, text } of transcripts) writeFileSync(join(TRANSCRIPTS, fileName), text);
}

void main();

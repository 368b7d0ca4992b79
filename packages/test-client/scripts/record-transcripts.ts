/** Runs what the documents show and puts in what it prints: `pnpm transcripts`. A test compares the two. */
import { writeFileSync } from 'node:fs';
import { runCli } from '../test/run-cli';
import { PAGES, transcripts, withOutputs } from '../test/transcripts';

async function main(): Promise<void> {
  const outputs = new Map<string, string>();
  for (const { args } of transcripts()) {
    const { stdout, stderr } = await runCli({ args, fromSource: true });
    outputs.set(args.join(' '), stdout + stderr);
  }
  for (const page of PAGES)
    writeFileSync(
      page,
      withOutputs(page, (args) => outputs.get(args.join(' ')) ?? ''),
    );
}

void main();

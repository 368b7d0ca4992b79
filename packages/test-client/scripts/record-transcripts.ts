/** Runs the commands that the documents show and inserts what they print: `pnpm transcripts`. A test compares the two. */
import { writeFileSync } from 'node:fs';
import { runCli } from '../test/run-cli';
import { PAGES, transcripts, withOutputs } from '../test/transcripts';

async function main(): Promise<void> {
  const outputs = new Map<string, string>();
  for (const { args } of transcripts()) {
    const { localNote, stdout, stderr } = await runCli({ args });
    const printed = localNote + stdout + stderr;
    outputs.set(args.join(' '), printed.replace(/node \S+[\\/]ams\b/g, 'node ams'));
  }
  for (const page of PAGES)
    writeFileSync(
      page,
      withOutputs(page, (args) => outputs.get(args.join(' ')) ?? ''),
    );
}

void main();

/** Runs the demo and puts what it prints into README.md: `pnpm demo:record`. A test compares the two. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from '../test/run-cli';

const README = join(__dirname, '..', '..', '..', 'README.md');

void runCli({ fromSource: true }).then(({ exitCode, stdout, stderr }) => {
  if (exitCode !== 0) throw new Error(`the demo failed: ${stderr}`);
  const readme = readFileSync(README, 'utf8');
  const block = `<!-- demo output -->\n\n\`\`\`text\n${stdout.trim()}\n\`\`\``;
  // A function, because a replacement text would give `$` a meaning.
  writeFileSync(
    README,
    readme.replace(/<!-- demo output -->\s*```\w*\n[\s\S]*?```/, () => block),
  );
});

/** Writes which requirements catch each mistake, from whole runs of the judge: `pnpm --dir packages/conformance caught`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStand } from '../src/stand';
import { caughtByVectors, judgeMistakes } from '../test/broken/variants';

const RECORD = join(__dirname, '../test/broken/caught.json');

async function main(given: readonly string[]): Promise<void> {
  const before = JSON.parse(readFileSync(RECORD, 'utf8')) as Record<string, string[]>;
  const all = [...caughtByVectors().keys()];
  const stand = await openStand();
  const options = { stand, atOnce: 12, jobs: 2 };
  const verdicts = await judgeMistakes(given.length > 0 ? given : all, () => undefined, options);
  await stand.close();
  const caught = all.map((mistake) => {
    const judged = verdicts.get(mistake)?.filter(({ result }) => result !== 'pass');
    return [mistake, judged?.map(({ requirement }) => requirement.id) ?? before[mistake] ?? []];
  });
  writeFileSync(RECORD, `${JSON.stringify(Object.fromEntries(caught), null, 2)}\n`);
}

void main(process.argv.slice(2));

/** What the documents show is what the commands print. */
import { relative } from 'node:path';
import { mask } from './demo-output';
import { runCli } from './run-cli';
import { transcripts } from './transcripts';

it.each(transcripts().map((one) => [one.args.join(' '), relative('.', one.page), one] as const))(
  'ams %s, in %s',
  async (_, __, { args, shown }) => {
    const { localNote, stdout, stderr } = await runCli({ args });
    expect(shown.trim()).not.toBe('');
    expect(mask(shown)).toBe(mask(localNote + stdout + stderr));
  },
  120_000,
);

/** The default command: the whole story. */
import { join } from 'node:path';
import type { GlobalOptions, World } from '../context';
import { withSession } from '../session';
import { assertUsableFile, blobNameFor } from '../source-file';
import { tellStory } from '../story';
import { createAccount, newAccountNamed, type CreatedAccount } from '../story/create-account';
import type { Stage } from '../story/stage';

export const SAMPLE_VIDEO = join(__dirname, '..', '..', 'media', 'sample.mp4');

export async function demo(
  options: GlobalOptions & {
    readonly file?: string;
    readonly keep?: boolean;
    readonly newAccount?: boolean;
  },
  world: World,
): Promise<void> {
  const started = performance.now();
  const path = options.file ?? SAMPLE_VIDEO;
  await assertUsableFile(path);
  const seconds = () => ((performance.now() - started) / 1000).toFixed(1);
  const keep = options.keep ?? false;
  const needs = options.newAccount ? 'Resource Manager' : 'Media Services';
  const { steps } = await withSession(options, world, { story: true, keep, needs }, async (stage) => {
    introduce(stage);
    const { endpoint } = options.newAccount ? await makeAccount(stage) : stage.settings;
    await tellStory(stage.at(endpoint), path, blobNameFor(path));
    return stage.report;
  });
  world.stdout.write(
    options.json ? `${JSON.stringify({ ok: true, steps }, null, 2)}\n` : `\nDone in ${seconds()} s.\n`,
  );
}

/** Taken away again at the end, with all that the story made in it. */
function makeAccount(stage: Stage): Promise<CreatedAccount> {
  stage.report.heading('A Media Services account of its own');
  return createAccount(stage, newAccountNamed(stage.settings.resourceGroup));
}

function introduce({ report, embedded, settings }: Stage): void {
  report.heading('Azure AD authentication and Media Services access, both by REST alone');
  report.line('');
  report.line(
    embedded
      ? 'On a local Azure that was started for this run: nothing leaves this machine.'
      : `Against ${settings.endpoint || settings.managementEndpoint}`,
  );
  report.line(`STS endpoint       ${settings.authorityHost} (${settings.endpointVersion})`);
  report.line(`REST API endpoint  ${settings.endpoint || 'that of an account to be created'}`);
  report.line(`Tenant             ${settings.tenantId}`);
  report.line(`Client             ${settings.clientId}`);
}

/** The default command: the whole story. */
import { join } from 'node:path';
import type { GlobalOptions, World } from '../context';
import { withSession } from '../session';
import { assertUsableFile, blobNameFor } from '../source-file';
import { tellStory } from '../story';
import type { Stage } from '../story/stage';

export const SAMPLE_VIDEO = join(__dirname, '..', '..', 'media', 'sample.mp4');

export async function demo(
  options: GlobalOptions & { readonly file?: string; readonly keep?: boolean },
  world: World,
): Promise<void> {
  const started = performance.now();
  const path = options.file ?? SAMPLE_VIDEO;
  await assertUsableFile(path);
  const seconds = () => ((performance.now() - started) / 1000).toFixed(1);
  const keep = options.keep ?? false;
  const { steps } = await withSession(options, world, { story: true, keep }, async (stage) => {
    introduce(stage);
    await tellStory(stage, path, blobNameFor(path));
    return stage.report;
  });
  world.stdout.write(
    options.json ? `${JSON.stringify({ ok: true, steps }, null, 2)}\n` : `\nDone in ${seconds()} s.\n`,
  );
}

function introduce({ report, embedded, settings }: Stage): void {
  report.heading('Azure AD authentication and Media Services access, both by REST alone');
  report.line('');
  report.line(
    embedded
      ? 'On a local Azure that was started for this run: nothing leaves this machine.'
      : `Against ${settings.endpoint}`,
  );
  report.line(`STS endpoint       ${settings.authorityHost} (${settings.endpointVersion})`);
  report.line(`REST API endpoint  ${settings.endpoint}`);
  report.line(`Tenant             ${settings.tenantId}`);
  report.line(`Client             ${settings.clientId}`);
}

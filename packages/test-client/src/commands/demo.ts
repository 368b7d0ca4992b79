/** The whole story. */
import { isLoopback } from 'ams-rest';
import type { GlobalOptions, World } from '../context';
import { SAMPLE_VIDEO } from '../sample';
import { withSession } from '../session';
import { assertUsableFile, blobNameFor, encodingProblem } from '../source-file';
import { tellStory } from '../story';
import { streamingUrls, type Published } from '../story/publish';
import { createAccount, newAccountNamed, type CreatedAccount } from '../story/create-account';
import type { Stage } from '../story/stage';
import { note, tell } from '../output/print';

export async function demo(
  options: GlobalOptions & {
    readonly file?: string;
    readonly keep?: boolean;
    readonly newAccount?: boolean;
  },
  world: World,
): Promise<undefined> {
  const started = performance.now();
  const path = options.file ?? SAMPLE_VIDEO;
  await assertUsableFile(path);
  const keep = options.keep ?? false;
  const needs = options.newAccount ? 'a resource group' : 'Media Services';
  const { steps } = await withSession(options, world, { story: true, keep, needs }, async (stage) => {
    introduce(stage);
    const isLocal = stage.embedded || isLoopback(new URL(stage.settings.authorityHost).hostname);
    const problem = isLocal ? await encodingProblem(path) : undefined;
    if (problem !== undefined)
      note(
        options,
        world,
        `Note: ${path} ${problem}. The local Azure encodes MP4 files with H.264 only, so the encoding job will fail.`,
      );
    const { endpoint } = options.newAccount ? await makeAccount(stage) : stage.settings;
    const published = await tellStory(stage.at(endpoint), path, blobNameFor(path));
    const page = keep && !stage.embedded ? playerPage(stage.settings.endpoint, published) : undefined;
    if (page !== undefined) stage.report.line(`Watch it in a browser: ${page}`);
    return stage.report;
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  tell(options, world, { ok: true, steps }, `\nDone in ${seconds} s.`);
}

/** Deleted at the end, with everything that the story created in it. */
function makeAccount(stage: Stage): Promise<CreatedAccount> {
  stage.report.heading('A Media Services account of its own');
  return createAccount(stage, newAccountNamed(stage.settings.resourceGroup));
}

/** The page of a local Azure that plays what was published; undefined for any other service. */
function playerPage(endpoint: string, { locator, files }: Published): string | undefined {
  const [smooth] = streamingUrls(locator, files);
  if (smooth === undefined) return undefined;
  const url = new URL(smooth[1]);
  if (!isLoopback(url.hostname) || url.origin !== new URL(endpoint).origin) return undefined;
  const ism = url.pathname.replace(/\/manifest$/, '');
  return `${url.origin}/_emulator/player?ism=${encodeURIComponent(ism)}`;
}

function introduce({ report, embedded, settings }: Stage): void {
  report.heading('Azure AD authentication and Media Services access with REST calls only');
  report.line('');
  if (embedded) report.line('On a local Azure that was started for this run: nothing leaves this machine.');
  report.line(`STS endpoint       ${settings.authorityHost} (${settings.endpointVersion})`);
  report.line(`REST API endpoint  ${settings.endpoint || 'of an account that is created now'}`);
  report.line(`Tenant             ${settings.tenantId}`);
  report.line(`Client             ${settings.clientId}`);
}

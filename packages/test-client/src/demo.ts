/** Sets the stage, tells the story, and leaves the place as it was. */
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AmsClient, clientSecretCredential, undiciTransport } from 'ams-rest';
import { createCleanup, type Cleanup } from './cleanup';
import { explain } from './explain';
import type { Options } from './options';
import { createReport, type Output, type Report } from './report';
import { UsageError } from './settings';
import { tellStory } from './story';
import { openTarget, type Target } from './target';

const SAMPLE_VIDEO = join(__dirname, '..', 'media', 'sample.mp4');
const CLEANUP_LIMIT_MS = 60_000;

/**
 * Runs the whole demo.
 *
 * @throws what the story throws, after everything it made is taken away again.
 */
export async function runDemo(
  options: Options,
  env: Readonly<Record<string, string | undefined>>,
  out: Output,
  signal: AbortSignal,
): Promise<void> {
  const started = performance.now();
  const path = options.file ?? SAMPLE_VIDEO;
  await assertUsableFile(path);
  const target = await openTarget(options, env);
  const { settings } = target;
  const transport = undiciTransport();
  const report = createReport(out, options.verbosity, [settings.clientSecret], (url) =>
    shorten(url, settings.endpoint),
  );
  const cleanup = createCleanup();
  try {
    signal.throwIfAborted();
    introduce(report, target);
    const watched = report.watch(transport);
    const credential = clientSecretCredential({ ...settings, transport: watched });
    const scope = `${settings.resource}/.default`;
    const ams = new AmsClient({ endpoint: settings.endpoint, credential, scope, transport: watched });
    const runName = `demo-${crypto.randomUUID().slice(0, 8)}`;
    const stage = { ...target, transport: watched, credential, ams, report, cleanup, signal, runName };
    try {
      await tellStory(stage, path, blobName(path));
    } finally {
      await cleanUp(report, cleanup, options.keep);
    }
    report.result(`\nDone in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
  } finally {
    await transport.close();
    await target.close();
  }
}

function introduce(report: Report, { embedded, settings }: Target): void {
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

/** Runs after a failure and after Ctrl-C too, so under a limit of its own instead of the person's signal. */
async function cleanUp(report: Report, cleanup: Cleanup, keep: boolean): Promise<void> {
  if (cleanup.size === 0) return;
  if (keep) {
    report.heading(`Kept what the run created (${cleanup.size} things), as asked.`);
    return;
  }
  report.heading('Clean up');
  const left = await report.step(
    'Delete what this run created',
    () => cleanup.run(AbortSignal.timeout(CLEANUP_LIMIT_MS)),
    (rest) => (rest.length === 0 ? 'all of it is gone' : `${rest.length} could not be deleted`),
  );
  for (const { what, error } of left) report.result(`Could not delete ${what}: ${explain(error).message}`);
}

/** Looked at before anything is created. */
async function assertUsableFile(path: string): Promise<void> {
  const stats = await stat(path).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw new UsageError(`The file ${path} cannot be read${code ? ` (${code})` : ''}. Check --file.`);
  });
  if (!stats.isFile()) throw new UsageError(`${path} is not a file. Check --file.`);
  if (stats.size === 0) throw new UsageError(`The file ${path} is empty; there is nothing to encode.`);
}

/** An asset file's name must not have any of these characters, and one dot only. */
function blobName(path: string): string {
  const name = basename(path).replace(/[!*'();:@&=+$,/?%#[\]"\\\s\p{C}]/gu, '_');
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? name.replaceAll('.', '_') : name.slice(0, dot).replaceAll('.', '_') + name.slice(dot);
}

/** Requests to the API are shown relative to its root, ids unescaped. */
function shorten(url: string, endpoint: string): string {
  const root = endpoint.endsWith('/') ? endpoint : `${endpoint}/`;
  if (!url.toLowerCase().startsWith(root.toLowerCase())) return url;
  const rest = url.slice(root.length);
  try {
    return decodeURIComponent(rest);
  } catch {
    return rest;
  }
}

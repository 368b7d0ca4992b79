/** Opens what a command talks to, and sees to it that everything is closed and taken away again. */
import {
  AmsClient,
  clientSecretCredential,
  undiciTransport,
  type CachedCredential,
  type Transport,
} from 'ams-rest';
import { createCleanup, type Cleanup } from './cleanup';
import type { GlobalOptions, World } from './context';
import { environmentCredential } from './environment-credential';
import { explain } from './explain';
import { startLocalAzure } from './local-azure';
import { colorsFor } from './output/layout';
import { createReport, type Report } from './output/report';
import {
  collectSettings,
  findDoubts,
  settle,
  settleLocally,
  UsageError,
  type Need,
  type Settings,
  type SourcedSettings,
} from './settings';
import type { Stage } from './story/stage';
import { createRecorder } from './trace/recorder';
import { assertTraceable, writeTraces } from './trace/write';

const CLEANUP_LIMIT_MS = 60_000;

export interface SessionOptions {
  /** The story is told on stdout; where stdout is for data, what goes on is told on stderr, if asked for. */
  readonly story?: boolean;
  /** Leave what the command created; default never. */
  readonly keep?: boolean | 'on success';
  /** What it cannot do without; default Media Services. */
  readonly needs?: Need;
}

/** Whether the settings name something to talk to; else the local Azure is started. */
export function isLive(options: GlobalOptions, settings: SourcedSettings): boolean {
  return options.live === true || settings.AMS_ENDPOINT.value !== '';
}

export function sourcedSettings(options: GlobalOptions, world: World): SourcedSettings {
  return collectSettings([
    ['flag', options.flags],
    ['environment', world.env],
    ['.env', world.dotenv],
  ]);
}

/**
 * Runs `work` with everything it needs, and afterwards, whatever happened, takes away what it created, writes the
 * traces and closes everything.
 *
 * @throws UsageError for settings that cannot work, and what `work` throws.
 */
export async function withSession<T>(
  options: GlobalOptions,
  world: World,
  sessionOptions: SessionOptions,
  work: (stage: Stage) => Promise<T>,
): Promise<T> {
  if (options.quiet && options.verbose) throw new UsageError('--quiet and --verbose exclude each other.');
  await assertTraceable(options.trace ?? []);
  const target = await openTarget(options, world, sessionOptions.needs);
  const { settings } = target;
  const out = sessionOptions.story && !options.json ? world.stdout : world.stderr;
  const silent = options.quiet || options.json || !sessionOptions.story;
  const report = createReport({
    out,
    verbosity: options.verbose ? 'verbose' : silent ? 'quiet' : 'normal',
    colors: colorsFor(out, options.color, world.env),
    secrets: [settings.clientSecret],
    shorten: (url) => shorten(url, settings),
  });
  const transport = undiciTransport();
  const recorder = createRecorder(settings, () => report.currentStep);
  const cleanup = createCleanup();
  try {
    world.signal.throwIfAborted();
    const watched = report.watch(options.trace ? recorder.watch(transport) : transport);
    const { credential, reason } = chooseCredential(options, world, settings, watched);
    const scope = `${settings.resource}/.default`;
    const runName = `demo-${crypto.randomUUID().slice(0, 8)}`;
    const stageAt = (endpoint: string): Stage => {
      let client: AmsClient | undefined;
      return {
        ...target,
        report,
        cleanup,
        credential,
        credentialReason: reason,
        transport: watched,
        signal: world.signal,
        runName,
        at: stageAt,
        // Made when first needed: whoever creates an account has no endpoint yet.
        get ams() {
          return (client ??= new AmsClient({ endpoint, credential, scope, transport: watched }));
        },
      };
    };
    let keep = sessionOptions.keep === true;
    try {
      const result = await work(stageAt(settings.endpoint));
      keep ||= sessionOptions.keep === 'on success';
      return result;
    } finally {
      // What a command is for is nothing to talk about when it stays.
      if (!(keep && sessionOptions.keep === 'on success')) await takeAway(report, cleanup, keep);
    }
  } finally {
    await transport.close();
    await target.close();
    await writeTraces(options.trace ?? [], recorder.exchanges, (path) =>
      report.line(`Trace written to ${path}`),
    );
  }
}

/** The client secret, or what the environment names; of our settings only those count there that Azure tools share. */
function chooseCredential(
  options: GlobalOptions,
  world: World,
  settings: Settings,
  transport: Transport,
): { credential: CachedCredential; reason: string } {
  if (settings.credential === 'secret') {
    const credential = clientSecretCredential({ ...settings, transport });
    return { credential, reason: 'client secret' };
  }
  const picked = environmentCredential({ ...world.dotenv, ...world.env, ...options.flags }, transport);
  const credential: CachedCredential = {
    async getToken(scopes, request) {
      const token = await picked.credential.getToken(scopes, request);
      if (!token) throw new UsageError(`There is no token by ${picked.reason}.`);
      return token;
    },
  };
  return { credential, reason: picked.reason };
}

type Target = Pick<Stage, 'settings' | 'embedded' | 'pollIntervalMs'> & { close(): Promise<void> };

async function openTarget(options: GlobalOptions, world: World, need?: Need): Promise<Target> {
  const sourced = sourcedSettings(options, world);
  if (isLive(options, sourced)) {
    const settings = settle(sourced, need);
    for (const doubt of findDoubts(sourced)) world.stderr.write(`Note: ${doubt}.\n`);
    const pollIntervalMs = settings.endpoint.startsWith('http:') ? 250 : 10_000;
    return { settings, embedded: false, pollIntervalMs, close: () => Promise.resolve() };
  }
  const emulator = await startLocalAzure();
  try {
    const settings = settleLocally(sourced, emulator.env);
    return { settings, embedded: true, pollIntervalMs: 250, close: () => emulator.close() };
  } catch (error) {
    await emulator.close();
    throw error;
  }
}

/** Runs after a failure and after Ctrl-C too, so under a limit of its own instead of the person's signal. */
async function takeAway(report: Report, cleanup: Cleanup, keep: boolean): Promise<void> {
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

/** Requests to the API are shown relative to its root, ids unescaped; those to Resource Manager without its host. */
function shorten(url: string, { endpoint, managementEndpoint }: Settings): string {
  const root = endpoint.endsWith('/') ? endpoint : `${endpoint}/`;
  const isApi = endpoint !== '' && url.toLowerCase().startsWith(root.toLowerCase());
  if (!isApi)
    return url.startsWith(`${managementEndpoint}/subscriptions/`)
      ? url.slice(managementEndpoint.length)
      : url;
  const rest = url.slice(root.length);
  try {
    return decodeURIComponent(rest);
  } catch {
    return rest;
  }
}

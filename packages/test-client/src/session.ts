/** Opens what a command talks to, and afterwards closes everything and deletes what the command created. */
import { AmsClient, type Transport } from 'ams-rest';
import { createCleanup, type Cleanup } from './cleanup';
import type { GlobalOptions, World } from './context';
import { LeftBehind, UsageError } from './errors';
import { explain } from './explain';
import { colorsFor } from './output/layout';
import { warn } from './output/print';
import { createReport, type Report } from './output/report';
import type { Settings } from './settings';
import type { Need } from './settings-table';
import type { Stage } from './story/stage';
import { chooseCredential, openTarget, openTransport, type Target } from './target';
import { createRecorder } from './trace/recorder';
import { assertTraceable, writeTraces } from './trace/write';

/** A channel that is being started takes minutes, and until then it can be neither stopped nor deleted. */
const CLEANUP_LIMIT_MS = 300_000;

export interface SessionOptions {
  /** The service that the command cannot do without. */
  readonly needs: Need;
  /** Print the story on stdout; else stdout is for data, and --verbose prints on stderr what goes on. */
  readonly story?: boolean;
  /** Leave what the command created; default never. */
  readonly keep?: boolean | 'on success';
}

/**
 * Runs `work` with everything it needs. Afterwards, also after a failure, deletes what it created, closes everything
 * and writes the traces.
 *
 * @throws UsageError for settings that cannot work, LeftBehind when something could not be deleted, and what `work` throws.
 */
export async function withSession<T>(
  options: GlobalOptions,
  world: World,
  sessionOptions: SessionOptions,
  work: (stage: Stage) => Promise<T>,
): Promise<T> {
  if (options.quiet && options.verbose) throw new UsageError('--quiet and --verbose exclude each other.');
  const traces = options.trace ?? [];
  await assertTraceable(traces);
  const transport = openTransport(world);
  const target = await openTarget(options, world, sessionOptions.needs);
  const out = sessionOptions.story && !options.json ? world.stdout : world.stderr;
  const silent = options.quiet || options.json || !sessionOptions.story;
  const report = createReport({
    out,
    verbosity: options.verbose ? 'verbose' : silent ? 'quiet' : 'normal',
    colors: colorsFor(out, options.color, world.env),
    secrets: [target.settings.clientSecret],
    shorten: (url) => shorten(url, target.settings),
  });
  const recorder = createRecorder(target.settings, () => report.currentStep);
  const cleanup = createCleanup(target.pollIntervalMs);
  const onAbort = () => {
    if (cleanup.size > 0) warn(world, '\nInterrupted: cleaning up. Press Ctrl-C again to leave immediately.');
  };
  let succeeded = false;
  let left = 0;
  try {
    world.signal.throwIfAborted();
    world.signal.addEventListener('abort', onAbort);
    const watched = report.watch(options.trace ? recorder.watch(transport) : transport);
    const result = await work(createStage(options, world, target, report, cleanup, watched));
    succeeded = true;
    return result;
  } finally {
    const { keep } = sessionOptions;
    // No message when a command leaves what it was run to create.
    if (!(keep === 'on success' && succeeded)) left = await cleanUp(report, cleanup, world, keep === true);
    world.signal.removeEventListener('abort', onAbort);
    await transport.close();
    await target.close();
    await writeTraces(traces, recorder.exchanges, (path) => report.line(`Trace written to ${path}`)).catch(
      (error: unknown) => {
        // After a failure the command's own error and exit code come first.
        if (succeeded) throw error;
        warn(world, explain(error, world).message);
      },
    );
    if (succeeded && left > 0) throw new LeftBehind(left);
  }
}

function createStage(
  options: GlobalOptions,
  world: World,
  target: Target,
  report: Report,
  cleanup: Cleanup,
  transport: Transport,
): Stage {
  const { settings } = target;
  const { credential, reason } = chooseCredential(options, world, settings, transport);
  const scope = `${settings.resource}/.default`;
  const runName = `demo-${crypto.randomUUID().slice(0, 8)}`;
  const { signal } = world;
  const shared = {
    ...target,
    report,
    cleanup,
    credential,
    credentialReason: reason,
    transport,
    signal,
    runName,
  };
  const at = (endpoint: string): Stage => {
    let client: AmsClient | undefined;
    return {
      ...shared,
      at,
      // Made when first needed: a command that creates an account has no endpoint yet.
      get ams() {
        return (client ??= new AmsClient({ endpoint, credential, scope, transport }));
      },
    };
  };
  return at(settings.endpoint);
}

/**
 * Returns how much could not be deleted, each named on stderr. Runs after a failure and after Ctrl-C too, so it has a time
 * limit and ignores the world's signal.
 */
async function cleanUp(report: Report, cleanup: Cleanup, world: World, keep: boolean): Promise<number> {
  if (cleanup.size === 0) return 0;
  if (keep) {
    report.heading(`Kept what the run created (${cleanup.size} things), because of --keep.`);
    return 0;
  }
  report.heading('Clean up');
  const left = await report.step(
    'Delete what this run created',
    () => cleanup.run(AbortSignal.timeout(CLEANUP_LIMIT_MS)),
    (rest) => (rest.length === 0 ? 'all of it is gone' : `${rest.length} could not be deleted`),
  );
  for (const { what, error } of left)
    warn(world, `Could not delete ${what}: ${explain(error, world).message}`);
  return left.length;
}

/** Requests to the API are shown relative to its root, ids unescaped; those to Resource Manager without its host. */
function shorten(url: string, { endpoint, cloud }: Settings): string {
  const root = endpoint.endsWith('/') ? endpoint : `${endpoint}/`;
  const isApi = endpoint !== '' && url.toLowerCase().startsWith(root.toLowerCase());
  const management = cloud.resourceManagerEndpoint;
  if (!isApi) return url.startsWith(`${management}subscriptions/`) ? url.slice(management.length - 1) : url;
  const rest = url.slice(root.length);
  try {
    return decodeURIComponent(rest);
  } catch {
    return rest;
  }
}

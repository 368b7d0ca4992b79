/** Checks everything that a run needs, one verdict a line, and says what to do where something is wrong. */
import { lookup } from 'node:dns/promises';
import { describeAccessToken } from 'ams-rest/credentials';
import { NetworkError, type HttpRequest } from 'ams-rest';
import { findDoubts, findProblems } from '../check-settings';
import type { GlobalOptions, World } from '../context';
import { UsageError } from '../errors';
import { explain } from '../explain';
import { colorsFor, wrap } from '../output/layout';
import { visible, visibleJson } from '../output/visible';
import { withSession } from '../session';
import { all, type Stage } from '../story/stage';
import { hasIdentity, isLive, proxyFor, sourcedSettings } from '../target';

type Verdict = 'good' | 'bad' | 'unsure';

interface Finding {
  readonly check: string;
  readonly verdict: Verdict;
  readonly detail: string;
}

const MARKS: Readonly<Record<Verdict, string>> = { good: '✓', bad: '✗', unsure: '–' };
const DETAIL_COLUMN = 19;
const MAX_SKEW_SECONDS = 300;

/** @returns the exit code: 0 when all is well, else that of the first fault, as other commands would have it. */
export async function doctor(options: GlobalOptions, world: World): Promise<number> {
  const findings: Finding[] = [];
  let exitCode = 0;
  const colors = colorsFor(world.stdout, options.color, world.env);
  const paint = { good: colors.green, bad: colors.red, unsure: colors.dim };
  const settings = sourcedSettings(options, world);
  const secrets = [settings.AZURE_CLIENT_SECRET.value];
  const tell = (check: string, verdict: Verdict, detail: string) => {
    findings.push({ check, verdict, detail });
    if (options.json) return;
    const width = (world.stdout.columns ?? Infinity) - DETAIL_COLUMN;
    const lines = visible(detail)
      .split('\n')
      .flatMap((line) => wrap(line, width));
    const text = lines.join(`\n${' '.repeat(DETAIL_COLUMN)}`);
    world.stdout.write(`${paint[verdict](MARKS[verdict])} ${check.padEnd(DETAIL_COLUMN - 3)} ${text}\n`);
  };
  /** Runs one check; an error is a bad verdict. */
  const check = async (name: string, work: () => Promise<[Verdict, string]>): Promise<boolean> => {
    try {
      tell(name, ...(await work()));
    } catch (error) {
      world.signal.throwIfAborted();
      const { message, exitCode: code } = explain(error, { command: world.command, secrets });
      exitCode ||= code;
      tell(name, 'bad', message);
    }
    return findings.at(-1)?.verdict !== 'bad';
  };

  // Without an endpoint it checks the token; a local Azure is checked only where nothing is configured.
  const hasEndpoint = settings.AMS_ENDPOINT.value !== '';
  const needs = !hasEndpoint && hasIdentity(settings) && !options.live ? 'a token' : 'Media Services';
  const live = isLive(options, settings, needs);
  const problems = live ? findProblems(settings, needs) : [];
  for (const problem of problems) tell('settings', 'bad', problem);
  const doubts = live ? findDoubts(settings) : [];
  for (const doubt of doubts) tell('settings', 'unsure', doubt);
  if (!live) tell('settings', 'unsure', 'not used: what follows is about a local Azure');
  else if (problems.length + doubts.length === 0) tell('settings', 'good', 'complete and plausible');

  if (problems.length > 0) exitCode = 2;
  else
    await withSession(options, world, { needs }, async (stage) => {
      await check('authority', () => checkAuthority(stage));
      const hasToken = await check('token', () => checkToken(stage));
      if (stage.settings.endpoint === '') {
        tell('REST API', 'unsure', 'not checked: AMS_ENDPOINT is not set');
        return;
      }
      const found = await check('endpoint (DNS)', () => checkDns(stage, world));
      if (!hasToken || !found) return;
      const answers = await check('REST API', () => checkApi(stage));
      if (answers) await check('storage', () => checkStorage(stage));
    });
  const healthy = findings.every(({ verdict }) => verdict !== 'bad');
  if (options.json) world.stdout.write(`${visibleJson({ healthy, findings }, 2)}\n`);
  return exitCode;
}

async function checkAuthority({ settings, transport, signal }: Stage): Promise<[Verdict, string]> {
  const host = settings.authorityHost.replace(/\/+$/, '');
  if (settings.credential === 'environment' && settings.tenantId === '')
    return ['unsure', 'not checked: AZURE_TENANT_ID is not set, and this credential may not need it'];
  const url = `${host}/${settings.tenantId}/v2.0/.well-known/openid-configuration`;
  const { status, headers } = await transport(plainGet('GET', url, signal));
  if (status !== 200)
    throw new UsageError(`${url} answers ${status}: check AZURE_TENANT_ID and AZURE_AUTHORITY_HOST`);
  const skew = Math.round((Date.parse(headers['date'] ?? '') - Date.now()) / 1000);
  if (Math.abs(skew) > MAX_SKEW_SECONDS)
    throw new UsageError(
      `${host} answers, but the clock of this machine is ${Math.abs(skew)} s ${skew > 0 ? 'slow' : 'fast'}: set it`,
    );
  const clocks = Math.abs(skew) > 2 ? `the clocks differ by ${Math.abs(skew)} s` : 'the clocks agree';
  return ['good', `${host} knows ${settings.tenantId}${Number.isNaN(skew) ? '' : `; ${clocks}`}`];
}

async function checkToken({ credential, settings, signal }: Stage): Promise<[Verdict, string]> {
  const scope = `${settings.resource}/.default`;
  const { token, expiresOnTimestamp } = await credential.getToken(scope, { abortSignal: signal });
  const minutes = Math.round((expiresOnTimestamp - Date.now()) / 60_000);
  const claims = describeAccessToken(token)?.claims;
  const roles = Array.isArray(claims?.['roles']) ? `, roles ${claims['roles'].join(', ')}` : '';
  const audience = typeof claims?.['aud'] === 'string' ? ` for ${claims['aud']}` : '';
  return ['good', `obtained${audience}, valid for ${minutes} minutes${roles}`];
}

async function checkDns({ settings }: Stage, world: World): Promise<[Verdict, string]> {
  const url = new URL(settings.endpoint);
  // The proxy looks it up, in its own network.
  if (proxyFor(url, world)) return ['unsure', 'not checked: the endpoint is reached through a proxy'];
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  try {
    const { address } = await lookup(hostname);
    return ['good', `${hostname} is ${address}`];
  } catch {
    const reason = `the name ${hostname} has no address; check AMS_ENDPOINT`;
    throw new NetworkError({ method: 'GET', url: settings.endpoint, reason, maybeSent: false });
  }
}

async function checkApi({ ams, signal }: Stage): Promise<[Verdict, string]> {
  const body = await ams.json<{ EntitySets?: readonly string[] }>('GET', '', { signal });
  return [
    'good',
    `${ams.root} answers${body.EntitySets ? ` with ${body.EntitySets.length} entity sets` : ''}`,
  ];
}

async function checkStorage(stage: Stage): Promise<[Verdict, string]> {
  const { transport, signal } = stage;
  const [asset] = await all<{ Uri: string }>(stage, 'Assets', { query: { $top: 1 }, signal });
  if (!asset?.Uri)
    return ['unsure', 'not checked: only an asset says where the storage is, and there is none yet'];
  // Without a signature it must refuse, which is answer enough.
  const { status } = await transport(plainGet('HEAD', asset.Uri, signal));
  return ['good', `${new URL(asset.Uri).origin} answers (${status} without a signature, as it should)`];
}

function plainGet(method: 'GET' | 'HEAD', url: string, signal: AbortSignal): HttpRequest {
  return { method, url, headers: {}, signal, timeoutMs: 15_000, maxResponseBytes: 1024 * 1024 };
}

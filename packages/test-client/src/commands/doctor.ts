/** Looks at everything that must be right for a run, one verdict a line, and what to do where it is not. */
import { lookup } from 'node:dns/promises';
import { describeAccessToken, type HttpRequest } from 'ams-rest';
import type { GlobalOptions, World } from '../context';
import { explain } from '../explain';
import { colorsFor } from '../output/layout';
import { isLive, sourcedSettings, withSession } from '../session';
import { findDoubts, findProblems } from '../settings';
import type { Stage } from '../story/stage';

type Verdict = 'good' | 'bad' | 'unsure';

interface Finding {
  readonly check: string;
  readonly verdict: Verdict;
  readonly detail: string;
}

const MARKS: Readonly<Record<Verdict, string>> = { good: '✓', bad: '✗', unsure: '–' };
const MAX_SKEW_SECONDS = 300;

/** @returns the exit code: 0 when all is well, else that of the first thing that is not. */
export async function doctor(options: GlobalOptions, world: World): Promise<number> {
  const findings: Finding[] = [];
  let exitCode = 0;
  const colors = colorsFor(world.stdout, options.color, world.env);
  const paint = { good: colors.green, bad: colors.red, unsure: colors.dim };
  const tell = (check: string, verdict: Verdict, detail: string) => {
    findings.push({ check, verdict, detail });
    if (options.json) return;
    const [first = '', ...rest] = detail.split('\n');
    world.stdout.write(`${paint[verdict](MARKS[verdict])} ${check.padEnd(16)} ${first}\n`);
    for (const line of rest) world.stdout.write(`${' '.repeat(19)}${line}\n`);
  };
  /** Tells how a check came out; what it throws is explained. */
  const check = async (name: string, work: () => Promise<[Verdict, string]>): Promise<boolean> => {
    try {
      tell(name, ...(await work()));
    } catch (error) {
      world.signal.throwIfAborted();
      const { message, exitCode: code } = explain(error);
      exitCode ||= code;
      tell(name, 'bad', message);
    }
    return findings.at(-1)?.verdict === 'good';
  };

  const settings = sourcedSettings(options, world);
  const live = isLive(options, settings);
  const problems = live ? findProblems(settings) : [];
  const doubts = findDoubts(settings);
  for (const problem of problems) tell('settings', 'bad', problem);
  for (const doubt of doubts) tell('settings', 'unsure', doubt);
  if (problems.length + doubts.length === 0)
    tell(
      'settings',
      'good',
      live ? 'complete and plausible' : 'none needed: a local Azure is started for this',
    );

  if (problems.length === 0)
    await withSession(options, world, {}, async (stage) => {
      await check('authority', () => checkAuthority(stage));
      const hasToken = await check('token', () => checkToken(stage));
      const found = await check('endpoint (DNS)', () => checkDns(stage));
      if (!hasToken || !found) return;
      const answers = await check('REST API', () => checkApi(stage));
      if (answers) await check('storage', () => checkStorage(stage));
    });
  const healthy = findings.every(({ verdict }) => verdict !== 'bad');
  if (options.json) world.stdout.write(`${JSON.stringify({ healthy, findings }, null, 2)}\n`);
  return healthy ? 0 : exitCode || (problems.length > 0 ? 2 : 4);
}

async function checkAuthority({ settings, transport, signal }: Stage): Promise<[Verdict, string]> {
  const host = settings.authorityHost.replace(/\/+$/, '');
  const url = `${host}/${settings.tenantId}/v2.0/.well-known/openid-configuration`;
  const { status, headers } = await transport(plainGet('GET', url, signal));
  if (status !== 200)
    return ['bad', `${url} answers ${status}: check AZURE_TENANT_ID and AZURE_AUTHORITY_HOST`];
  const skew = Math.round((Date.parse(headers['date'] ?? '') - Date.now()) / 1000);
  if (Math.abs(skew) > MAX_SKEW_SECONDS)
    return [
      'bad',
      `answers, but this machine's clock is ${Math.abs(skew)} s ${skew > 0 ? 'slow' : 'fast'}: set it`,
    ];
  return [
    'good',
    `${host} knows ${settings.tenantId}${Number.isNaN(skew) ? '' : `; the clocks differ by ${Math.abs(skew)} s`}`,
  ];
}

async function checkToken({ credential, settings, signal }: Stage): Promise<[Verdict, string]> {
  const scope = `${settings.resource}/.default`;
  const { token, expiresOnTimestamp } = await credential.getToken(scope, { abortSignal: signal });
  const minutes = Math.round((expiresOnTimestamp - Date.now()) / 60_000);
  const claims = describeAccessToken(token)?.claims;
  const roles = Array.isArray(claims?.['roles']) ? `, roles ${claims['roles'].join(', ')}` : '';
  const audience = typeof claims?.['aud'] === 'string' ? ` for ${claims['aud']}` : '';
  return ['good', `obtained${audience}, good for ${minutes} minutes${roles}`];
}

async function checkDns({ settings }: Stage): Promise<[Verdict, string]> {
  const { hostname } = new URL(settings.endpoint);
  try {
    const { address } = await lookup(hostname.replace(/^\[|\]$/g, ''));
    return ['good', `${hostname} is ${address}`];
  } catch {
    const retired = /\.media\.azure\.net$/.test(hostname)
      ? '\nMedia Services was retired on 30 June 2024. Tokens, Resource Manager and Storage still work live;' +
        '\nfor the whole story leave AMS_ENDPOINT out, and a local Azure is started.'
      : '\nCheck AMS_ENDPOINT.';
    return ['bad', `${hostname} has no address.${retired}`];
  }
}

async function checkApi({ ams, signal }: Stage): Promise<[Verdict, string]> {
  const { body } = await ams.request<{ EntitySets?: readonly string[] }>('GET', '', { signal });
  return [
    'good',
    `${ams.root} answers${body.EntitySets ? ` with ${body.EntitySets.length} entity sets` : ''}`,
  ];
}

async function checkStorage({ ams, transport, signal }: Stage): Promise<[Verdict, string]> {
  const { body } = await ams.request<{ Uri: string }[]>('GET', 'Assets', { query: { $top: 1 }, signal });
  const uri = body[0]?.Uri;
  if (!uri)
    return ['unsure', 'not looked at: the account has no asset yet that would tell where its storage is'];
  // Without a signature it must refuse, which is answer enough.
  const { status } = await transport(plainGet('HEAD', uri, signal));
  return ['good', `${new URL(uri).origin} answers (${status} without a signature, as it should)`];
}

function plainGet(method: 'GET' | 'HEAD', url: string, signal: AbortSignal): HttpRequest {
  return { method, url, headers: {}, signal, timeoutMs: 15_000, maxResponseBytes: 1024 * 1024 };
}

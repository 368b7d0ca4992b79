/** The generic authorized request; the answer is JSON on stdout, for programs such as `jq`. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { isLoopback, RestClient, type HttpMethod, type Transport } from 'ams-rest';
import type { GlobalOptions, World } from '../context';
import { UsageError } from '../errors';
import { withSession } from '../session';
import { sourcedSettings } from '../target';
import { note, tell, tellLine } from '../output/print';

export interface CallOptions extends GlobalOptions {
  readonly query?: readonly string[];
  readonly body?: string;
  readonly header?: readonly string[];
  readonly all?: boolean;
}

const METHODS: readonly HttpMethod[] = ['GET', 'POST', 'PUT', 'PATCH', 'MERGE', 'DELETE'];

export async function call(
  verb: string,
  path: string,
  options: CallOptions,
  world: World,
): Promise<undefined> {
  const method = METHODS.find((one) => one === verb.toUpperCase());
  if (!method) throw new UsageError(`${verb} is not a verb of the API. Its verbs are ${METHODS.join(', ')}.`);
  if (options.all && method !== 'GET') throw new UsageError('--all goes with GET only.');
  const query = Object.fromEntries((options.query ?? []).map((pair) => split(pair, '=', '--query')));
  const headers = Object.fromEntries((options.header ?? []).map((pair) => split(pair, ':', '--header')));
  const body = options.body === undefined ? undefined : await readBody(options.body, world);

  const url = fullUrl(path, options, world);
  if (url) return callUrl({ method, url, query, headers, body }, options, world);
  await withSession(options, world, { needs: 'Media Services' }, async ({ ams, signal }) => {
    if (options.all) {
      for await (const entity of ams.list(path, { query, headers, signal })) await tellLine(world, entity);
      return;
    }
    const request = { query, headers, signal, ...(body !== undefined && { body }) };
    const answer = await ams.request(method, path, request);
    if (answer.body !== undefined) tell({ ...options, json: true }, world, answer.body, '');
    else note(options, world, `${answer.status}, no body`);
    const operation = answer.headers['operation-id'];
    if (operation) note(options, world, `The operation continues in the background as ${operation}`);
  });
}

/** A path that is a URL, or one below the API that `--resource` names where there is no Media Services endpoint. */
function fullUrl(path: string, options: CallOptions, world: World): URL | undefined {
  const { AMS_RESOURCE: resource } = options.flags;
  const base = !sourcedSettings(options, world).AMS_ENDPOINT.value && !options.local ? resource : undefined;
  if (!URL.canParse(path) && !base) return undefined;
  if (!URL.canParse(path, base))
    throw new UsageError(`${path} is not a URL, and ${base ?? ''} is not the start of one.`);
  const url = new URL(path, base);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    throw new UsageError(
      `A token is sent over https only (http only to this machine), not to ${url.origin}.`,
    );
  if (url.username || url.password || url.hash)
    throw new UsageError('The URL must have no user name, password or fragment.');
  return url;
}

interface UrlCall {
  readonly method: HttpMethod;
  readonly url: URL;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

/** The token is for `--resource`, or else for the URL's origin. It goes only to that origin, because the user typed it. */
async function callUrl(
  { method, url, query, headers, body }: UrlCall,
  options: CallOptions,
  world: World,
): Promise<undefined> {
  if (options.local)
    throw new UsageError('--local is for paths of the Media Services API, not for a full URL.');
  const flags = { ...options.flags, AMS_RESOURCE: options.flags['AMS_RESOURCE'] ?? url.origin };
  await withSession({ ...options, flags, live: true }, world, { needs: 'a token' }, async (stage) => {
    const { credential, settings, signal, transport } = stage;
    const folder = new URL('.', url).href;
    const client = new RestClient({
      endpoint: folder,
      credential,
      scope: `${settings.resource}/.default`,
      transport: withTypedQuery(url.search, transport),
      maxResponseBytes: MAX_RESPONSE_BYTES,
    });
    const path = (url.origin + url.pathname).slice(folder.length);
    if (options.all) {
      for await (const item of client.list(path, { query, headers, signal })) await tellLine(world, item);
      return;
    }
    const answer = await client.request<string>(method, path, {
      query,
      headers: { accept: 'application/json', ...headers },
      ...(body !== undefined && { body }),
      responseType: 'text',
      signal,
    });
    const text = answer.body ?? '';
    if (text === '') note(options, world, `${answer.status}, no body`);
    else tell({ ...options, json: isJson(text) }, world, isJson(text) ? JSON.parse(text) : '', text);
  });
}

/** Adds the query of the typed URL to the first request, unchanged: the client would encode it again. */
function withTypedQuery(typed: string, transport: Transport): Transport {
  let first: string | undefined;
  return (request) => {
    first ??= request.url;
    // The next pages of a list have different URLs.
    if (request.url !== first || typed === '') return transport(request);
    const [address = '', added] = first.split('?');
    return transport({ ...request, url: address + typed + (added ? `&${added}` : '') });
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function split(pair: string, at: string, option: string): [name: string, value: string] {
  const position = pair.indexOf(at);
  if (position < 1)
    throw new UsageError(`${option} "${pair}" has no ${at} in it; write ${option} 'name${at}value'.`);
  return [pair.slice(0, position).trim(), pair.slice(position + 1).trim()];
}

/** JSON itself, `@file`, or `-` for standard input. */
async function readBody(argument: string, world: World): Promise<unknown> {
  let json = argument;
  if (argument === '-') json = await text(world.stdin);
  else if (argument.startsWith('@')) {
    json = await readFile(argument.slice(1), 'utf8').catch(() => {
      throw new UsageError(`The file ${argument.slice(1)} cannot be read. Check --body.`);
    });
  }
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    // The parser's own message quotes the text, which may be secret.
    const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined;
    throw new UsageError(
      `The body is not JSON${position ? ` (at character ${position})` : ''}. Check --body.`,
    );
  }
}

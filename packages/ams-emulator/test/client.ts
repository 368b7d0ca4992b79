import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEmulator, type Emulator, type EmulatorOptions } from '../src/index';

export type Json = Record<string, unknown>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; an empty object when it is empty. */
  readonly json: Json;
}

export interface Client {
  readonly emulator: Emulator;
  /** Sends a request to the REST API with a good token and the usual headers; `headers` win over them. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** The same, and the status must be `status`; gives the JSON body. */
  expect(
    status: number,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Json>;
  /** A request that need not succeed, to any URL of the emulator. */
  raw(url: string, init?: RequestInit): Promise<Answer>;
}

/** Starts an emulator and signs in to it. */
export async function startClient(options: EmulatorOptions = {}): Promise<Client> {
  return connect(await startEmulator(options));
}

/** Signs in to a running emulator. */
export async function connect(emulator: Emulator): Promise<Client> {
  const { access_token: token } = (await requestToken(emulator)).json;

  async function send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const url = path.startsWith('http') ? path : emulator.apiEndpoint + path;
    return raw(url, {
      method,
      headers: {
        Authorization: `Bearer ${String(token)}`,
        'x-ms-version': '2.19',
        DataServiceVersion: '3.0',
        MaxDataServiceVersion: '3.0',
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  }

  return {
    emulator,
    send,
    raw,
    async expect(status, method, path, body, headers) {
      const answer = await send(method, path, body, headers);
      if (answer.status !== status) {
        throw new Error(
          `${method} ${path.slice(0, 200)}: ${answer.status} instead of ${status}: ${answer.text.slice(0, 500)}`,
        );
      }
      return answer.json;
    },
  };
}

/** The form of a good token request of version 1. */
export function goodForm(emulator: Emulator): Record<string, string> {
  return {
    grant_type: 'client_credentials',
    client_id: emulator.clientId,
    client_secret: emulator.clientSecret,
    resource: emulator.resource,
  };
}

interface TokenRequestOptions {
  readonly version?: 'v1' | 'v2';
  readonly tenant?: string;
  readonly headers?: Record<string, string>;
}

/** POSTs a form to the token endpoint; by default a good one of version 1. */
export function requestToken(
  emulator: Emulator,
  form: Record<string, string> = goodForm(emulator),
  { version = 'v1', tenant = emulator.tenantDomain, headers = {} }: TokenRequestOptions = {},
): Promise<Answer> {
  const path = version === 'v1' ? 'oauth2/token' : 'oauth2/v2.0/token';
  return raw(`${emulator.authorityHost}/${tenant}/${path}`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers,
  });
}

async function raw(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? (JSON.parse(text) as Json) : {},
  };
}

/** The items of a light feed. */
export function items(feed: Json): Json[] {
  return feed['value'] as Json[];
}

/** The words of an error in light form. */
export function messageOf(answer: Answer): string {
  const error = answer.json['odata.error'] as { message?: { value?: string } } | undefined;
  return error?.message?.value ?? '';
}

/** Path of an entity. */
export function at(set: string, entity: Json, below = ''): string {
  return `${set}('${encodeURIComponent(String(entity['Id']))}')${below}`;
}

export const verbose = { Accept: 'application/json;odata=verbose' };

/** Four seconds of H.264 in 320x180 at 97 kbit/s, with AAC. */
export const sampleFilm = readFileSync(join(__dirname, '../../test-client/media/sample.mp4'));

/** An asset with one uploaded file in it, known to the service; gives the asset. */
export async function uploadedAsset(
  client: Client,
  name = 'film.mp4',
  bytes: string | Buffer<ArrayBuffer> = sampleFilm,
): Promise<Json> {
  const asset = await client.expect(201, 'POST', 'Assets', { Name: name });
  const policy = await client.expect(201, 'POST', 'AccessPolicies', {
    Name: 'upload',
    DurationInMinutes: 60,
    Permissions: 2,
  });
  const locator = await client.expect(201, 'POST', 'Locators', {
    AccessPolicyId: policy['Id'],
    AssetId: asset['Id'],
    Type: 1,
  });
  const put = await client.raw(blobUrl(locator, name), {
    method: 'PUT',
    headers: { 'x-ms-blob-type': 'BlockBlob' },
    body: bytes,
  });
  if (put.status !== 201) throw new Error(`Upload: ${put.status}`);
  await client.expect(204, 'GET', `CreateFileInfos?assetid='${encodeURIComponent(String(asset['Id']))}'`);
  await client.expect(204, 'DELETE', at('Locators', locator));
  return asset;
}

/** URL of a blob through a SAS locator. */
export function blobUrl(locator: Json, name: string): string {
  return `${String(locator['BaseUri'])}/${name}${String(locator['ContentAccessComponent'])}`;
}

export const encoderId = 'nb:mpid:UUID:ff4df607-d419-42f0-bc17-a481b1331e56';
export const adaptivePreset = 'Content Adaptive Multiple Bitrate MP4';

/** A task that makes one output from the job's first input. */
export function task(configuration = adaptivePreset, taskBody = oneToOne): Json {
  return { Name: 'encode', Configuration: configuration, MediaProcessorId: encoderId, TaskBody: taskBody };
}

export const oneToOne =
  '<?xml version="1.0" encoding="utf-8"?><taskBody><inputAsset>JobInputAsset(0)</inputAsset>' +
  '<outputAsset>JobOutputAsset(0)</outputAsset></taskBody>';

/** A job, not yet started, in light form. */
export function jobBody(client: Client, asset: Json, tasks: readonly Json[] = [task()]): Json {
  return {
    Name: 'a job',
    'InputMediaAssets@odata.bind': [client.emulator.apiEndpoint + at('Assets', asset)],
    Tasks: tasks,
  };
}

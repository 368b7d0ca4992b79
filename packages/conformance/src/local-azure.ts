/** What the judge itself does on the local Azure, past the port and the wire. */
import type { Json } from './protocol';
import { isObject, type Stage } from './scenario';

export interface Container {
  /** The locator's Path as the port gets it: at the wire. */
  readonly url: string;
  /** Its path and query. */
  readonly target: string;
  /** The same at the storage itself. */
  readonly directUrl: string;
}

/** An asset with a SAS locator that may read and write. */
export async function putContainer({ emulator, wire }: Stage): Promise<Container> {
  const token = await fetchToken(emulator);
  const create = async (set: string, body: object) => {
    const answer = await fetch(emulator.apiEndpoint + set, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'x-ms-version': '2.19',
        accept: 'application/json',
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    });
    return (await answer.json()) as { Id: string; Path: string };
  };
  const asset = await create('Assets', { Name: 'conformance' });
  const policy = await create('AccessPolicies', { Name: 'all', DurationInMinutes: 60, Permissions: 3 });
  const locator = await create('Locators', { AssetId: asset.Id, AccessPolicyId: policy.Id, Type: 1 });
  const { pathname, search } = new URL(locator.Path);
  const target = pathname + search;
  return { url: wire.urls.storage + target, target, directUrl: locator.Path };
}

async function fetchToken({
  authorityHost,
  tenantDomain,
  clientId,
  clientSecret,
  resource,
}: Stage['emulator']) {
  const answer = await fetch(`${authorityHost}/${tenantDomain}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      resource,
    }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

/** What a blob has become; nothing when there is none. */
export async function readBlob(container: Container, name: string): Promise<{ type: string; bytes: Buffer }> {
  const url = new URL(container.directUrl);
  url.pathname += `/${encodeURIComponent(name)}`;
  const answer = await fetch(url);
  if (!answer.ok) return { type: `none: ${answer.status}`, bytes: Buffer.of() };
  return { type: answer.headers.get('content-type') ?? '', bytes: Buffer.from(await answer.arrayBuffer()) };
}

/** The JSON value in a text, or the text. */
export function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** A property of a JSON object in a text. */
export function field(text: string, name: string): Json {
  const value = parse(text);
  return isObject(value) ? (value[name] ?? null) : null;
}

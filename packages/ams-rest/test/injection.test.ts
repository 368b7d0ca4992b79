/** Values of any kind either arrive exactly as they were given, or are refused with a TypeError. */
import fc from 'fast-check';
import { startEmulator, type Emulator } from '../../ams-emulator/src';
import {
  AmsClient,
  clientSecretCredential,
  entityPath,
  odataString,
  undiciTransport,
  type ClosableTransport,
} from '../src';
import { blobUrlInContainer, bytesSource, uploadBlob } from '../src/storage';
import { encodeQuery, isEncodedPath } from '../src/http/url';
import { startServer, answer, type ScriptedServer } from './helpers/scripted-server';
import { listCredential } from './helpers/values';

/** Text with everything in it that has a meaning to somebody on the way. */
const awkward = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...'\'"/\\%?#&=+;:@$,!()*[]{}<>|^~`. \t\r\n\0\x7f'.split('')),
    fc.constantFrom(
      '..',
      '//',
      "')",
      '%2F',
      '%00',
      '%27',
      '&$top=',
      'a',
      'Z',
      '9',
      'é',
      '\u202e',
      '\ufeff',
      '💥',
      '\ud800',
      '\udc00',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 24,
});

/** Dot segments in every spelling, and what resembles them. */
const dotted = fc
  .array(fc.constantFrom('.', '..', '%2e', '%2E.', '.%2e', '...', 'a.', '.a', 'a', '%', ''), { maxLength: 6 })
  .map((segments) => segments.join('/'));

const expectRefusal = (error: unknown) => expect(error).toBeInstanceOf(TypeError);
const wellFormed = (text: string) => !/\p{Surrogate}/u.test(text);

describe('as a server sees it', () => {
  let server: ScriptedServer;
  let client: AmsClient;
  let transport: ClosableTransport;

  beforeAll(async () => {
    server = await startServer(answer(200, { d: {} }));
    transport = undiciTransport();
    client = new AmsClient({ endpoint: `${server.origin}/api/`, credential: listCredential('t'), transport });
  });

  afterAll(async () => {
    await transport.close();
    await server.close();
  });

  /** The request as it arrived, or undefined when it was refused before. */
  async function arrived(send: () => Promise<unknown>) {
    const before = server.received.length;
    let refused = false;
    try {
      await send();
    } catch (error) {
      expectRefusal(error);
      refused = true;
    }
    expect(server.received).toHaveLength(before + (refused ? 0 : 1));
    return refused ? undefined : server.received.at(-1);
  }

  test('keys', async () => {
    await fc.assert(
      fc.asyncProperty(awkward, async (key) => {
        const request = await arrived(async () => client.request('GET', entityPath('Assets', key, 'Files')));
        expect(request !== undefined).toBe(key !== '' && wellFormed(key));
        if (!request) return;
        const literal = /^\/api\/Assets\('([^'/?#]*)'\)\/Files$/.exec(request.path)?.[1];
        expect(decodeURIComponent(literal ?? '').replaceAll("''", "'")).toBe(key);
      }),
    );
  });

  test('queries', async () => {
    await fc.assert(
      fc.asyncProperty(awkward, awkward, async (value, second) => {
        const query = { $filter: `Name eq ${odataString(value)}`, assetid: second };
        const request = await arrived(() => client.request('GET', 'Assets', { query }));
        expect(request !== undefined).toBe(wellFormed(value) && wellFormed(second));
        if (!request) return;
        const [, filter, assetid] =
          /^\/api\/Assets\?\$filter=([^&#=]*)&assetid=([^&#=]*)$/.exec(request.path) ?? [];
        expect(decodeURIComponent(filter ?? '')).toBe(`Name eq '${value.replaceAll("'", "''")}'`);
        expect(decodeURIComponent(assetid ?? '')).toBe(second);
      }),
    );
  });

  test('names of query options', async () => {
    await fc.assert(
      fc.asyncProperty(awkward, async (name) => {
        const request = await arrived(() => client.request('GET', 'Assets', { query: { [name]: 1 } }));
        if (request) expect(request.path).toBe(`/api/Assets?${name}=1`);
      }),
    );
  });

  test('a path that is taken for encoded is one that a URL parser leaves as it is', () => {
    expect(isEncodedPath(entityPath('Assets', "nb:cid:UUID:it's", 'Files'))).toBe(true);
    fc.assert(
      fc.property(fc.oneof(awkward, fc.webPath(), dotted), awkward, (path, value) => {
        const target = `/${path}${encodeQuery({ name: value.replaceAll(/\p{Surrogate}/gu, '') })}`;
        if (isEncodedPath(path)) expect(new URL(`https://a${target}`).href).toBe(`https://a${target}`);
      }),
      { numRuns: 5000 },
    );
  });

  test('paths', async () => {
    await fc.assert(
      fc.asyncProperty(awkward, async (path) => {
        const request = await arrived(() => client.request('GET', path));
        if (request) expect(request.path).toBe(`/api/${path.replace(/^\/+/, '')}`);
      }),
    );
  });

  test('headers', async () => {
    await fc.assert(
      fc.asyncProperty(awkward, awkward, async (name, value) => {
        const request = await arrived(() =>
          client.request('GET', 'Assets', { headers: { [`x-${name}`]: value } }),
        );
        // White space around a value is not part of it (RFC 9110 section 5.5).
        if (request) expect(request.headers[`x-${name}`.toLowerCase()]).toBe(value.trim());
        const fixed = await arrived(() => client.request('GET', 'Assets', { headers: { 'x-value': value } }));
        expect(fixed !== undefined).toBe(/^[\t\x20-\x7e]*$/.test(value));
      }),
    );
  });

  test('bodies', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), awkward, async (value, name) => {
        const request = await arrived(() =>
          client.request('POST', 'Assets', { body: { value, [`n${name}`]: name } }),
        );
        expect(JSON.parse(request?.body ?? '')).toEqual(
          JSON.parse(JSON.stringify({ value, [`n${name}`]: name })),
        );
      }),
    );
  });
});

describe('round trips through the emulator', () => {
  let emulator: Emulator;
  let client: AmsClient;
  let transport: ClosableTransport;

  beforeAll(async () => {
    emulator = await startEmulator();
    transport = undiciTransport();
    const { tenantId, authorityHost, clientId, clientSecret, apiEndpoint: endpoint } = emulator;
    const credential = clientSecretCredential({ tenantId, authorityHost, clientId, clientSecret, transport });
    client = new AmsClient({ endpoint, credential, transport });
  });

  afterAll(async () => {
    await transport.close();
    await emulator.close();
  });

  test('names in bodies, filters and keys', async () => {
    await fc.assert(
      fc.asyncProperty(
        awkward.filter((name) => wellFormed(name) && name !== ''),
        async (name) => {
          const made = await client.json<{ Id: string }>('POST', 'Assets', {
            body: { Name: name },
          });
          const read = await client.json<{ Name: string }>('GET', entityPath('Assets', made.Id));
          expect(read.Name).toBe(name);
          const found: string[] = [];
          const query = { $filter: `Name eq ${odataString(name)}` };
          for await (const { Id } of client.list<{ Id: string }>('Assets', { query })) found.push(Id);
          expect(found).toContain(made.Id);
          await client.request('DELETE', entityPath('Assets', made.Id));
        },
      ),
      { numRuns: 50 },
    );
  });

  test('a key that is not an id finds nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        awkward.filter((key) => wellFormed(key) && key !== ''),
        async (key) => {
          const error: unknown = await client
            .request('GET', entityPath('Assets', key))
            .catch((thrown: unknown) => thrown);
          expect(error).toMatchObject({ name: 'ServiceError' });
          expect([400, 404]).toContain((error as { status: number }).status);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('blob names', async () => {
    const asset = await client.json<{ Id: string }>('POST', 'Assets', {
      body: { Name: 'blobs' },
    });
    const policy = await client.json<{ Id: string }>('POST', 'AccessPolicies', {
      body: { Name: 'read and write', DurationInMinutes: 60, Permissions: 3 },
    });
    const locator = await client.json<{ Path: string }>('POST', 'Locators', {
      body: { AccessPolicyId: policy.Id, AssetId: asset.Id, Type: 1 },
    });
    const limits = { timeoutMs: 10_000, maxResponseBytes: 1_000_000 };
    const uploaded = new Set<string>();
    await fc.assert(
      fc.asyncProperty(awkward, async (name) => {
        let url: string;
        try {
          url = blobUrlInContainer(locator.Path, name);
        } catch (error) {
          expectRefusal(error);
          return;
        }
        // XML cannot hold these characters, so Azurite would fail to list the whole container.
        if (/[\0-\x08\x0b-\x1f\ufffe\uffff]/.test(name)) return;
        await uploadBlob(transport, url, bytesSource(Buffer.from(`content of ${name}`)));
        uploaded.add(name);
        const { body } = await transport({ ...limits, method: 'GET', url, headers: {} });
        expect(Buffer.from(body).toString()).toBe(`content of ${name}`);
      }),
      { numRuns: 200 },
    );
    await client.request('GET', 'CreateFileInfos', { query: { assetid: odataString(asset.Id) } });
    const listed = new Set<string>();
    for await (const { Name } of client.list<{ Name: string }>(entityPath('Assets', asset.Id, 'Files')))
      listed.add(Name);
    // The emulator reads the container's list without the blanks around names.
    const trimmed = (names: Set<string>) => new Set([...names].map((name) => name.trim()));
    expect(trimmed(listed)).toEqual(trimmed(uploaded));
    expect(uploaded.size).toBeGreaterThan(20);
  });
});

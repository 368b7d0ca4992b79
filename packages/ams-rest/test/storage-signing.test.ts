/**
 * Shared Key and SAS, each step against vectors, and each vector against a real Azurite.
 *
 * `vectors/storage-vectors.json`: account and key are Azurite's well-known ones; `azuriteStatus` is what it answers.
 */
import { request as httpRequest } from 'node:http';
import {
  BlobSASPermissions,
  BlobServiceClient,
  ContainerSASPermissions,
  generateAccountSASQueryParameters,
  generateBlobSASQueryParameters,
  AccountSASPermissions,
  StorageSharedKeyCredential,
  type BlobSASSignatureValues,
} from '@azure/storage-blob';
import {
  accountSas,
  accountSasStringToSign,
  blobUrlInContainer,
  canonicalizedHeaders,
  canonicalizedResource,
  createContainer,
  getBlobProperties,
  putBlob,
  readBlobRange,
  sasCanonicalizedResource,
  serviceSas,
  serviceSasStringToSign,
  setContainerAccess,
  sharedKeyAuthorization,
  sharedKeyTransport,
  stringToSign,
  undiciTransport,
  userDelegationSas,
  userDelegationSasStringToSign,
  type SasFields,
  type UserDelegationKey,
} from '../src';
import { signature } from '../src/storage/shared-key';
import { hmacSha256 } from '../src/storage/digest';
import { startAzuriteProcess, type AzuriteProcess } from './helpers/azurite-process';
import { rejection } from './helpers/values';
import vectors from './vectors/storage-vectors.json';

const { account, key } = vectors;
const sharedKeyVectors = vectors.sharedKey as readonly {
  id: string;
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
  stringToSign: string;
  signature: string;
  azuriteStatus: number;
}[];
const BODIES: Record<string, string> = { K2: 'hello world', K3: 'A'.repeat(16), K3b: 'A'.repeat(16) };

let azurite: AzuriteProcess;
const transport = undiciTransport();
beforeAll(async () => {
  azurite = await startAzuriteProcess();
});
afterAll(async () => {
  await transport.close();
  await azurite.close();
});

/** Node's own client: the vectors name every header, and nothing may be added. */
function status(
  method: string,
  url: string,
  headers: Record<string, string>,
  body?: string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method, headers }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
    });
    outgoing.on('error', reject).end(body);
  });
}

describe('Shared Key', () => {
  test.each(sharedKeyVectors.map((vector) => [vector.id, vector] as const))(
    '%s: string to sign',
    (_, vector) => {
      const { method, url, headers } = vector;
      expect(stringToSign(account, { method, url, headers })).toBe(vector.stringToSign);
      const [canonicalHeaders, resource] = splitStringToSign(vector.stringToSign);
      expect(canonicalizedHeaders(Object.entries(headers))).toBe(canonicalHeaders);
      expect(canonicalizedResource(account, url)).toBe(resource);
      expect(signature(key, vector.stringToSign)).toBe(vector.signature);
      expect(sharedKeyAuthorization({ account, key }, { method, url, headers })).toBe(
        `SharedKey ${account}:${vector.signature}`,
      );
    },
  );

  test('Azurite takes every one of them, and none with another key', async () => {
    for (const vector of sharedKeyVectors) {
      const { method, headers } = vector;
      const url = vector.url.replace('http://127.0.0.1:10000', new URL(azurite.accountUrl).origin);
      const body = vector.body ?? BODIES[vector.id];
      const otherKey = { account, key: Buffer.alloc(64, 7).toString('base64') };
      const wrong = sharedKeyAuthorization(otherKey, { method, url, headers });
      expect([vector.id, await status(method, url, { ...headers, Authorization: wrong }, body)]).toEqual([
        vector.id,
        403,
      ]);
      const authorization = sharedKeyAuthorization({ account, key }, { method, url, headers });
      expect([
        vector.id,
        await status(method, url, { ...headers, Authorization: authorization }, body),
      ]).toEqual([vector.id, vector.azuriteStatus]);
    }
  });

  test('the string that Microsoft publishes', () => {
    const headers = { 'x-ms-version': '2015-02-21', 'x-ms-date': 'Fri, 26 Jun 2015 23:39:12 GMT' };
    const url =
      'https://myaccount.blob.core.windows.net/mycontainer?restype=container&comp=metadata&timeout=20';
    expect(stringToSign('myaccount', { method: 'get', url, headers })).toBe(
      'GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n' +
        '/myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20',
    );
  });

  test('headers: order, white space, empty values; resource: repeated and odd parameters', () => {
    const headers = { 'X-MS-Meta-B': ' two   words\t', 'x-ms-meta-a': '', Host: 'h', 'x-ms-blob-type': 'B' };
    expect(canonicalizedHeaders(Object.entries(headers))).toBe(
      'x-ms-blob-type:B\nx-ms-meta-a:\nx-ms-meta-b:two words\n',
    );
    expect(canonicalizedResource('a', 'https://h/c/x%2By%20(1)?B=2&a=z&a=k%3D&flag&b=1&c=1+1')).toBe(
      '/a/c/x%2By%20(1)\na:k=,z\nb:1,2\nc:1+1\nflag:',
    );
  });

  test('the length counts bytes and is empty for nothing', () => {
    const put = { method: 'PUT', url: 'https://h/c/b', headers: {} };
    const lengthLine = (body?: string | Uint8Array) =>
      stringToSign('a', { ...put, ...(body !== undefined && { body }) }).split('\n')[3];
    expect([lengthLine(), lengthLine(''), lengthLine('é'), lengthLine(new Uint8Array(9))]).toEqual([
      ...['', '', '2', '9'],
    ]);
  });

  test('signs nothing for another place, and refuses a key that is none', async () => {
    const signing = sharedKeyTransport(transport, { account, key, endpoint: azurite.accountUrl });
    const elsewhere = await rejection(getBlobProperties(signing, 'https://other.example/c/b'));
    expect(elsewhere).toBeInstanceOf(TypeError);
    expect(() => hmacSha256('not base64!', 'text')).toThrow(TypeError);
    expect(() => sharedKeyTransport(transport, { account, key, endpoint: 'http://other.example' })).toThrow(
      TypeError,
    );
  });

  test('a refused signature is not in the error', async () => {
    const wrongKey = Buffer.alloc(64, 7).toString('base64');
    const signing = sharedKeyTransport(transport, { account, key: wrongKey, endpoint: azurite.accountUrl });
    const error = await rejection(createContainer(signing, `${azurite.accountUrl}/other`));
    expect(error).toMatchObject({ status: 403, code: 'AuthorizationFailure' });
    expect(JSON.stringify(error) + error.message).not.toMatch(/SharedKey \w+:[^R]/);
  });
});

describe('shared access signatures', () => {
  const policies = [
    { id: 'pol-full', start: '2020-01-01T00:00:00Z', expiry: '2035-01-01T00:00:00Z', permission: 'rwl' },
    { id: 'pol-permonly', permission: 'rwl' },
  ];
  beforeAll(async () => {
    const signing = sharedKeyTransport(transport, { account, key, endpoint: azurite.accountUrl });
    await createContainer(signing, `${azurite.accountUrl}/asset-1`);
    await putBlob(signing, `${azurite.accountUrl}/asset-1/hello.txt`, Buffer.from('hello world'));
    await setContainerAccess(signing, `${azurite.accountUrl}/asset-1`, { policies, publicAccess: undefined });
  });

  // Azurite reads 2012-02-12 in the layout of 2015-04-05, so these two are signed as if they said that.
  const AZURITES_OWN = /^S5[de]$/;

  test.each(vectors.serviceSas.map((vector) => [vector.id, vector] as const))(
    '%s: string and query',
    async (id, vector) => {
      const fields = fieldsOf(vector.query);
      const blob = fields.sr === 'b' ? 'hello.txt' : undefined;
      if (!AZURITES_OWN.test(id)) {
        const cr = sasCanonicalizedResource(fields.sv ?? '', account, 'asset-1', blob);
        expect(serviceSasStringToSign({ ...fields, cr })).toBe(vector.stringToSign);
        const { sv, sp, st, se, si, spr } = fields;
        const options = definedOf({ sv, sp, st, se, si, spr: spr as 'https,http' | undefined });
        const query = serviceSas({ account, key }, { container: 'asset-1', ...definedOf({ blob }) }, options);
        expect(sorted(query)).toBe(sorted(vector.query));
      }
      expect(hmacSha256(key, vector.stringToSign)).toBe(fieldsOf(vector.query, 'sig'));
      const url = `${azurite.accountUrl}/asset-1/hello.txt?${vector.query}`;
      expect(await status('GET', url, {})).toBe(vector.azuriteStatus);
    },
  );

  test.each(vectors.accountSas.map((vector) => [vector.id, vector] as const))(
    '%s: string and query',
    async (_, vector) => {
      const fields = fieldsOf(vector.query);
      expect(accountSasStringToSign({ ...fields, account })).toBe(vector.stringToSign);
      const { sv, ss, srt, sp = '', st, se = '', spr } = fields;
      const options = definedOf({ sv, ss, srt, st, spr: spr as 'https,http' | undefined });
      // The vectors have an order of their own; ours is the one that the service documents.
      const query = accountSas({ account, key }, { ...options, sp, se });
      expect(fieldsOf(query).sp).toBe('rwdlac');
      expect(sorted(query)).toBe(sorted(vector.query));
      expect(await status('GET', `${azurite.accountUrl}/asset-1/hello.txt?${query}`, {})).toBe(200);
    },
  );

  const delegation = {
    skoid: '11111111-1111-1111-1111-111111111111',
    sktid: '22222222-2222-2222-2222-222222222222',
    skt: '2020-01-01T00:00:00Z',
    ske: '2035-01-01T00:00:00Z',
    sks: 'b',
    skv: '2020-12-06',
  };
  test.each(vectors.userDelegation.map((vector) => [vector.sv, vector] as const))(
    'user delegation %s',
    async (sv, vector) => {
      const { sr, userDelegationKeyValue: value } = vector;
      const blob = sr === 'b' ? 'hello.txt' : undefined;
      const [st, se] = [delegation.skt, delegation.ske];
      const cr = sasCanonicalizedResource(sv, account, 'asset-1', blob);
      const fields: SasFields = { ...delegation, sv, sr, sp: 'r', st, se, cr };
      expect(userDelegationSasStringToSign(fields)).toBe(vector.stringToSign);
      const resource = { container: 'asset-1', ...definedOf({ blob }) };
      const delegationKey: UserDelegationKey = { ...delegation, value };
      const query = userDelegationSas(account, delegationKey, resource, { sv, sp: 'r', st, se });
      expect(fieldsOf(query, 'sig')).toBe(vector.signature);
      expect(await status('GET', `${azurite.accountUrl}/asset-1/hello.txt?${query}`, {})).toBe(
        vector.azuriteStatus,
      );
    },
  );

  const sharedKey = new StorageSharedKeyCredential(account, key);
  const expiresOn = new Date('2035-01-01T00:00:00Z');
  test.each(['2018-11-09', '2020-12-06', '2025-11-05', '2026-04-06'])(
    'the same as Microsoft’s SDK makes, %s',
    (sv) => {
      const values: BlobSASSignatureValues = {
        containerName: 'asset-1',
        blobName: 'dossier été/a+b (1).mp4',
        permissions: BlobSASPermissions.parse('rcw'),
        startsOn: new Date('2020-01-01T00:00:00Z'),
        expiresOn,
        version: sv,
        ipRange: { start: '10.0.0.1', end: '10.0.0.9' },
        cacheControl: 'no-cache',
        contentDisposition: 'attachment; filename="a b.mp4"',
        contentEncoding: 'gzip',
        contentLanguage: 'fr',
        contentType: 'video/mp4',
      };
      const options = {
        ...{ sv, sp: 'wcr', st: new Date('2020-01-01T00:00:00Z'), se: expiresOn, sip: '10.0.0.1-10.0.0.9' },
        ...{
          rscc: 'no-cache',
          rscd: 'attachment; filename="a b.mp4"',
          rsce: 'gzip',
          rscl: 'fr',
          rsct: 'video/mp4',
        },
      };
      const resource = { container: 'asset-1', blob: 'dossier été/a+b (1).mp4' };
      expect(sorted(serviceSas({ account, key }, resource, options))).toBe(
        sorted(generateBlobSASQueryParameters(values, sharedKey).toString()),
      );
    },
  );

  test.each(['2018-11-09', '2020-02-10', '2020-12-06', '2025-07-05', '2026-04-06'])(
    'a user delegation SAS is the same as Microsoft’s SDK makes, %s',
    (sv) => {
      const value = Buffer.alloc(32, 5).toString('base64');
      const theirs = generateBlobSASQueryParameters(
        {
          containerName: 'asset-1',
          blobName: 'hello.txt',
          permissions: BlobSASPermissions.parse('r'),
          expiresOn,
          version: sv,
        },
        {
          signedObjectId: delegation.skoid,
          signedTenantId: delegation.sktid,
          signedStartsOn: new Date(delegation.skt),
          signedExpiresOn: new Date(delegation.ske),
          signedService: 'b',
          signedVersion: delegation.skv,
          value,
        },
        account,
      );
      const resource = { container: 'asset-1', blob: 'hello.txt' };
      const ours = userDelegationSas(account, { ...delegation, value }, resource, {
        sv,
        sp: 'r',
        se: expiresOn,
      });
      expect(sorted(ours)).toBe(sorted(theirs.toString()));
    },
  );

  test('an account SAS is the same as Microsoft’s SDK makes', () => {
    const theirs = generateAccountSASQueryParameters(
      {
        services: 'b',
        resourceTypes: 'sco',
        permissions: AccountSASPermissions.parse('rwdlac'),
        expiresOn,
        version: '2020-12-06',
      },
      sharedKey,
    );
    expect(sorted(accountSas({ account, key }, { sp: 'rwdlac', se: expiresOn }))).toBe(
      sorted(theirs.toString()),
    );
  });

  test('their SDK reads by our SAS, we read by theirs', async () => {
    const sas = serviceSas({ account, key }, { container: 'asset-1' }, { sp: 'rl', se: expiresOn });
    const theirs = new BlobServiceClient(`${azurite.accountUrl}?${sas}`).getContainerClient('asset-1');
    expect((await theirs.getBlobClient('hello.txt').downloadToBuffer()).toString()).toBe('hello world');

    const permissions = ContainerSASPermissions.parse('r');
    const query = generateBlobSASQueryParameters(
      { containerName: 'asset-1', permissions, expiresOn },
      sharedKey,
    );
    const url = blobUrlInContainer(`${azurite.accountUrl}/asset-1?${query.toString()}`, 'hello.txt');
    expect(Buffer.from(await readBlobRange(transport, url, 6, 5)).toString()).toBe('world');
  });

  test('what cannot be a SAS is refused', () => {
    const resource = { container: 'asset-1' };
    expect(() => serviceSas({ account, key }, resource, { sp: 'r' })).toThrow('expiry');
    expect(() => serviceSas({ account, key }, resource, { sp: 'q', se: expiresOn })).toThrow('"q"');
    expect(() => accountSas({ account, key }, { sv: '2012-02-12', sp: 'r', se: expiresOn })).toThrow(
      TypeError,
    );
    expect(() =>
      userDelegationSas(account, { ...delegation, value: key }, resource, {
        sv: '2017-11-09',
        sp: 'r',
        se: '2035',
      }),
    ).toThrow(TypeError);
    expect(serviceSasStringToSign({ sp: 'r', cr: '/a/c' })).toBe('r\n\n\n/a/c\n');
  });
});

function splitStringToSign(text: string): [headers: string, resource: string] {
  const rest = text.split('\n').slice(12).join('\n');
  const start = rest.indexOf('\n/') + 1;
  return [rest.slice(0, start), rest.slice(start)];
}

function fieldsOf(query: string): SasFields;
function fieldsOf(query: string, name: string): string;
function fieldsOf(query: string, name?: string): SasFields | string {
  const fields = Object.fromEntries(new URLSearchParams(query));
  return name === undefined ? fields : (fields[name] ?? '');
}

function sorted(query: string): string {
  return query.split('&').sort().join('&');
}

/** Without the undefined values. */
function definedOf<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

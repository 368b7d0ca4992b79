/**
 * Shared Key, each step against vectors, and each vector against a real Azurite.
 *
 * `vectors/storage-vectors.json`: account and key are Azurite's well-known ones; `azuriteStatus` is what it answers.
 */
import { inspect } from 'node:util';
import {
  sharedKeyCanonicalizedHeaders,
  sharedKeyCanonicalizedResource,
  createContainer,
  getBlobProperties,
  sharedKeyAuthorization,
  sharedKeyTransport,
  sharedKeyStringToSign,
} from '../src/storage';
import { undiciTransport } from '../src';
import { hmacSha256 } from '../src/storage/digest';
import { signature } from '../src/storage/shared-key';
import { startAzuriteProcess, type AzuriteProcess } from './helpers/azurite-process';
import { rawStatus } from './helpers/raw-status';
import { recording } from './helpers/storage';
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

describe('Shared Key', () => {
  test.each(sharedKeyVectors.map((vector) => [vector.id, vector] as const))(
    '%s: string to sign',
    (_, vector) => {
      const { method, url, headers } = vector;
      expect(sharedKeyStringToSign(account, { method, url, headers })).toBe(vector.stringToSign);
      const [canonicalHeaders, resource] = splitStringToSign(vector.stringToSign);
      expect(sharedKeyCanonicalizedHeaders(Object.entries(headers))).toBe(canonicalHeaders);
      expect(sharedKeyCanonicalizedResource(account, url)).toBe(resource);
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
      expect([vector.id, await rawStatus(method, url, { ...headers, Authorization: wrong }, body)]).toEqual([
        vector.id,
        403,
      ]);
      const authorization = sharedKeyAuthorization({ account, key }, { method, url, headers });
      expect([
        vector.id,
        await rawStatus(method, url, { ...headers, Authorization: authorization }, body),
      ]).toEqual([vector.id, vector.azuriteStatus]);
    }
  });

  test('the string that Microsoft publishes', () => {
    const headers = { 'x-ms-version': '2015-02-21', 'x-ms-date': 'Fri, 26 Jun 2015 23:39:12 GMT' };
    const url =
      'https://myaccount.blob.core.windows.net/mycontainer?restype=container&comp=metadata&timeout=20';
    expect(sharedKeyStringToSign('myaccount', { method: 'get', url, headers })).toBe(
      'GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n' +
        '/myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20',
    );
  });

  test('headers: order, white space, empty values; resource: repeated and odd parameters', () => {
    const headers = { 'X-MS-Meta-B': ' two   words\t', 'x-ms-meta-a': '', Host: 'h', 'x-ms-blob-type': 'B' };
    expect(sharedKeyCanonicalizedHeaders(Object.entries(headers))).toBe(
      'x-ms-blob-type:B\nx-ms-meta-a:\nx-ms-meta-b:two words\n',
    );
    expect(sharedKeyCanonicalizedResource('a', 'https://h/c/x%2By%20(1)?B=2&a=z&a=k%3D&flag&b=1&c=1+1')).toBe(
      '/a/c/x%2By%20(1)\na:k=,z\nb:1,2\nc:1+1\nflag:',
    );
  });

  test('the length counts bytes and is empty for nothing', () => {
    const put = { method: 'PUT', url: 'https://h/c/b', headers: {} };
    const lengthLine = (body?: string | Uint8Array) =>
      sharedKeyStringToSign('a', { ...put, ...(body !== undefined && { body }) }).split('\n')[3];
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

  test('a signed request prints without its signature', async () => {
    const { transport: watched, requests } = recording(transport);
    const signing = sharedKeyTransport(watched, { account, key, endpoint: azurite.accountUrl });
    await createContainer(signing, `${azurite.accountUrl}/printed`);
    const [signed] = requests;
    const secret = signed?.headers['authorization']?.split(':')[1] ?? '';
    expect(secret).toMatch(/^[\w+/]{43}=$/);
    expect(inspect(signed) + JSON.stringify(signed)).not.toContain(secret);
  });

  test('a refused signature is not in the error', async () => {
    const wrongKey = Buffer.alloc(64, 7).toString('base64');
    const signing = sharedKeyTransport(transport, { account, key: wrongKey, endpoint: azurite.accountUrl });
    const error = await rejection(createContainer(signing, `${azurite.accountUrl}/other`));
    expect(error).toMatchObject({ status: 403, code: 'AuthorizationFailure' });
    expect(JSON.stringify(error) + error.message).not.toMatch(/SharedKey \w+:[^R]/);
  });
});

function splitStringToSign(text: string): [headers: string, resource: string] {
  const rest = text.split('\n').slice(12).join('\n');
  const start = rest.indexOf('\n/') + 1;
  return [rest.slice(0, start), rest.slice(start)];
}

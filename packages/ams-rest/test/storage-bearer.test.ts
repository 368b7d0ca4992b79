/** Storage by bearer token: a real Azurite over https, and what must not happen to the token. */
import { Agent } from 'undici';
import {
  bearerTransport,
  createContainer,
  getBlobProperties,
  getUserDelegationKey,
  putBlob,
  readBlobRange,
  uploadBlob,
  bytesSource,
  userDelegationSas,
} from '../src/storage';
import { fetchTransport, undiciTransport, type HttpRequest } from '../src';
import { azuriteAccount, startAzuriteProcess, type AzuriteProcess } from './helpers/azurite-process';
import { makeCertificates } from './helpers/certificates';
import { recording, someBytes } from './helpers/storage';
import { listCredential, rejection } from './helpers/values';

let azurite: AzuriteProcess;
let agent: Agent;
beforeAll(async () => {
  const { ca, server } = await makeCertificates();
  azurite = await startAzuriteProcess(server);
  agent = new Agent({ connect: { ca } });
});
afterAll(async () => {
  await agent.close();
  await azurite.close();
});

/** Azurite looks at the claims and not at the signature. */
function token(claims: object = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const payload = {
    iss: 'https://sts.windows.net/11111111-2222-3333-4444-555555555555/',
    aud: 'https://storage.azure.com',
    oid: '22222222-2222-3333-4444-555555555555',
    tid: '11111111-2222-3333-4444-555555555555',
    iat: now - 60,
    nbf: now - 60,
    exp: now + 3600,
    ...claims,
  };
  return `${part({ alg: 'none', typ: 'JWT' })}.${part(payload)}.${part({ not: 'checked' })}`;
}

test('a token opens what a key opens, and a user delegation SAS made with it is good', async () => {
  const plain = undiciTransport({ dispatcher: agent });
  const authorized = bearerTransport(plain, {
    credential: listCredential(token()),
    endpoint: azurite.accountUrl,
  });
  const container = `${azurite.accountUrl}/asset-1`;
  expect(await createContainer(authorized, container)).toBe(true);
  await uploadBlob(authorized, `${container}/hello.txt`, bytesSource(Buffer.from('hello world')));

  const start = new Date(Date.now() - 60_000);
  const end = new Date(Date.now() + 3_600_000);
  const key = await getUserDelegationKey(authorized, azurite.accountUrl, start, end);
  expect(key).toMatchObject({ skoid: '22222222-2222-3333-4444-555555555555', sks: 'b' });
  const sas = userDelegationSas(azuriteAccount.account, key, { container: 'asset-1' }, { sp: 'r', se: end });
  const bytes = await readBlobRange(plain, `${container}/hello.txt?${sas}`, 0, 5);
  expect(Buffer.from(bytes).toString()).toBe('hello');
  const write = putBlob(plain, `${container}/hello.txt?${sas}`, someBytes(1));
  expect(await rejection(write)).toMatchObject({ status: 403, code: 'AuthorizationPermissionMismatch' });
});

test('a token for something else is refused and not shown', async () => {
  const wrong = token({ aud: 'https://management.azure.com/' });
  const plain = undiciTransport({ dispatcher: agent });
  const authorized = bearerTransport(plain, {
    credential: listCredential(wrong),
    endpoint: azurite.accountUrl,
  });
  const error = await rejection(createContainer(authorized, `${azurite.accountUrl}/asset-2`));
  expect(error).toMatchObject({ name: 'ServiceError' });
  expect(JSON.stringify(error) + error.message).not.toContain(wrong.slice(-20));
});

test('a refused token is replaced once, and each token goes to its endpoint only', async () => {
  const seen: (string | undefined)[] = [];
  const answers = (request: HttpRequest) => {
    seen.push(request.headers['authorization']);
    const status = seen.length === 1 ? 401 : 200;
    return Promise.resolve({
      status,
      headers: { etag: '"1"', 'content-length': '0' },
      body: new Uint8Array(),
    });
  };
  const { transport, requests } = recording(answers);
  const endpoint = 'https://account.blob.core.windows.net';
  const authorized = bearerTransport(transport, { credential: listCredential('one', 'two'), endpoint });
  await getBlobProperties(authorized, `${endpoint}/c/b`);
  expect(seen).toEqual(['Bearer one', 'Bearer two']);
  expect(await rejection(getBlobProperties(authorized, 'https://other.example/c/b'))).toBeInstanceOf(
    TypeError,
  );
  expect(requests).toHaveLength(2);
  await authorized({
    ...(requests[0] as HttpRequest),
    headers: { authorization: 'Bearer of somebody else' },
  });
  expect(seen[2]).toBe('Bearer two');
  expect(() =>
    bearerTransport(fetchTransport(), { credential: listCredential('x'), endpoint: 'http://a.example' }),
  ).toThrow(TypeError);
});

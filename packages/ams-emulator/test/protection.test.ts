import {
  constants,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  X509Certificate,
} from 'node:crypto';
import { at, items, messageOf, startClient, verbose, type Client, type Json } from './client';

let client: Client;
let thumbprint: string;
let certificate: X509Certificate;

beforeAll(async () => {
  client = await startClient();
  thumbprint = String((await client.expect(200, 'GET', 'GetProtectionKeyId?contentKeyType=1'))['value']);
  const { value } = await client.expect(200, 'GET', `GetProtectionKey?ProtectionKeyId='${thumbprint}'`);
  certificate = new X509Certificate(Buffer.from(String(value), 'base64'));
});
afterAll(() => client.emulator.close());

const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' } as const;
const encrypt = (clear: Buffer): string =>
  publicEncrypt({ key: certificate.publicKey, ...padding }, clear).toString('base64');

let count = 0;
function keyBody(ContentKeyType: number, clear = randomBytes(32)): Json {
  const Id = `nb:kid:UUID:00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`;
  return {
    Id,
    Name: 'key',
    ContentKeyType,
    EncryptedContentKey: encrypt(clear),
    ProtectionKeyId: thumbprint,
    ProtectionKeyType: 0,
    Checksum: 'AAAAAAAAAAA=',
  };
}

const newKey = (type: number): Promise<Json> => client.expect(201, 'POST', 'ContentKeys', keyBody(type));

const link = (asset: Json, key: Json, set = 'ContentKeys'): Json => ({
  uri: `${client.emulator.apiEndpoint}${at(set, key)}`,
  asset: asset['Id'],
});

async function linkStatus(asset: Json, navigation: string, target: Json, set = navigation): Promise<number> {
  const { uri } = link(asset, target, set);
  return (await client.send('POST', at('Assets', asset, `/$links/${navigation}`), { uri })).status;
}

test('the protection key is a certificate and its thumbprint', async () => {
  expect(certificate.fingerprint.replaceAll(':', '')).toBe(thumbprint);
  const answer = await client.send('GET', 'GetProtectionKeyId?contentKeyType=1', undefined, verbose);
  expect(answer.text).toBe(`{"d":{"GetProtectionKeyId":"${thumbprint}"}}`);
  expect((await client.send('GET', 'GetProtectionKeyId')).status).toBe(400);
  expect((await client.send('GET', "GetProtectionKey?protectionKeyId='00'")).status).toBe(404);
});

test('a content key keeps the id of the client, once, and can be rebound', async () => {
  const clear = randomBytes(32);
  const body = keyBody(1, clear);
  const key = await client.expect(201, 'POST', 'ContentKeys', body);
  expect(key['Id']).toBe(body['Id']);
  expect((await client.send('POST', 'ContentKeys', body)).status).toBe(409);
  const id = encodeURIComponent(String(key['Id']));
  const open = await client.expect(200, 'GET', `RebindContentKey?id='${id}'&x509Certificate=''`);
  expect(open['value']).toBe(clear.toString('base64'));

  const mine = encodeURIComponent(certificate.raw.toString('base64'));
  const bound = await client.expect(200, 'GET', `RebindContentKey?id='${id}'&x509Certificate='${mine}'`);
  expect(String(bound['value'])).not.toBe(open['value']);
  expect((await client.send('GET', `RebindContentKey?id='${id}'&x509Certificate='nonsense'`)).status).toBe(
    400,
  );
  expect((await client.send('GET', "RebindContentKey?id='nonsense'&x509Certificate=''")).status).toBe(400);
});

test('what was not encrypted for the service is refused', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const foreign = publicEncrypt({ key: publicKey, ...padding }, Buffer.from('x'));
  expect(privateDecrypt({ key: privateKey, ...padding }, foreign).toString()).toBe('x');
  const body = { ...keyBody(1), EncryptedContentKey: foreign.toString('base64') };
  expect((await client.send('POST', 'ContentKeys', body)).status).toBe(400);
});

test('keys are linked to assets by the rules of storage encryption', async () => {
  const encrypted = await client.expect(201, 'POST', 'Assets', { Options: 1 });
  const plain = await client.expect(201, 'POST', 'Assets', { Options: 0 });
  const [first, second] = [await newKey(1), await newKey(1)];
  expect(await linkStatus(plain, 'ContentKeys', first)).toBe(400);
  expect(await linkStatus(encrypted, 'ContentKeys', first)).toBe(204);
  expect(await linkStatus(encrypted, 'ContentKeys', first)).toBe(409);
  expect(await linkStatus(encrypted, 'ContentKeys', second)).toBe(409);
  expect(await linkStatus(encrypted, 'ContentKeys', { Id: 'notAValidId' })).toBe(400);
  expect(await linkStatus(encrypted, 'ContentKeys', { Id: String(first['Id']).replace(/\d$/, 'f') })).toBe(
    404,
  );
  expect(items(await client.expect(200, 'GET', at('Assets', encrypted, '/ContentKeys')))).toMatchObject([
    { Id: first['Id'] },
  ]);
  expect((await client.send('POST', at('Assets', encrypted, '/$links/Files'), { uri: 'x' })).status).toBe(
    400,
  );
});

test('a key is deleted with its last link, and with its last asset', async () => {
  const [a, b] = [
    await client.expect(201, 'POST', 'Assets', {}),
    await client.expect(201, 'POST', 'Assets', {}),
  ];
  const key = await newKey(4);
  expect(await linkStatus(a, 'ContentKeys', key)).toBe(204);
  expect(await linkStatus(b, 'ContentKeys', key)).toBe(204);
  const unlink = at('Assets', a, `/$links/ContentKeys('${encodeURIComponent(String(key['Id']))}')`);
  await client.expect(204, 'DELETE', unlink);
  expect((await client.send('DELETE', unlink)).status).toBe(404);
  await client.expect(200, 'GET', at('ContentKeys', key));
  await client.expect(204, 'DELETE', at('Assets', b));
  expect((await client.send('GET', at('ContentKeys', key))).status).toBe(404);
});

test('authorization: an option in a policy on a key', async () => {
  const policy = await client.expect(201, 'POST', 'ContentKeyAuthorizationPolicies', { Name: 'policy' });
  const restrictions = [{ Name: 'open', KeyRestrictionType: 0, Requirements: null }];
  const option = await client.expect(201, 'POST', 'ContentKeyAuthorizationPolicyOptions', {
    Name: 'option',
    KeyDeliveryType: 2,
    KeyDeliveryConfiguration: null,
    Restrictions: restrictions,
  });
  expect(option).toMatchObject({ Restrictions: restrictions });
  const { uri } = link({}, option, 'ContentKeyAuthorizationPolicyOptions');
  await client.expect(204, 'POST', at('ContentKeyAuthorizationPolicies', policy, '/$links/Options'), { uri });
  const linked = await client.expect(200, 'GET', at('ContentKeyAuthorizationPolicies', policy, '/Options'));
  expect(items(linked)).toMatchObject([{ Name: 'option' }]);

  const key = await newKey(4);
  for (const method of ['PUT', 'MERGE']) {
    await client.expect(204, method, at('ContentKeys', key), { AuthorizationPolicyId: policy['Id'] });
  }
  expect(await client.expect(200, 'GET', at('ContentKeys', key))).toMatchObject({
    AuthorizationPolicyId: policy['Id'],
    Name: 'key',
  });
  const url = await client.expect(200, 'POST', at('ContentKeys', key, '/GetKeyDeliveryUrl'), {
    keyDeliveryType: 2,
  });
  expect(url['value']).toBe(
    `https://localmedia.keydelivery.mediaservices.windows.net/?KID=${String(key['Id']).slice(12)}`,
  );
  expect((await client.send('POST', at('ContentKeys', key, '/GetKeyDeliveryUrl'), {})).status).toBe(400);
});

test('an option without restrictions is 400, a FairPlay one without its key too, in the words of the service', async () => {
  const body = {
    Name: 'x',
    KeyDeliveryType: 4,
    Restrictions: [],
    KeyDeliveryConfiguration: '{"ASkId":"none"}',
  };
  const without = { ...body, Restrictions: undefined };
  expect((await client.send('POST', 'ContentKeyAuthorizationPolicyOptions', without)).status).toBe(400);
  const answer = await client.send('POST', 'ContentKeyAuthorizationPolicyOptions', body);
  expect([answer.status, messageOf(answer)]).toEqual([
    400,
    'Invalid FairPlay configuration, ASkId not found.',
  ]);
});

test('a delivery policy is linked to an asset and cannot be deleted there', async () => {
  const policy = await client.expect(201, 'POST', 'AssetDeliveryPolicies', {
    Name: 'clear',
    AssetDeliveryProtocol: 7,
    AssetDeliveryPolicyType: 2,
    AssetDeliveryConfiguration: '[{"Key":2,"Value":"https://example.com/"}]',
  });
  const asset = await client.expect(201, 'POST', 'Assets', {});
  expect(await linkStatus(asset, 'DeliveryPolicies', policy, 'AssetDeliveryPolicies')).toBe(204);
  expect((await client.send('DELETE', at('AssetDeliveryPolicies', policy))).status).toBe(400);
  const path = at('Assets', asset, `/$links/DeliveryPolicies('${encodeURIComponent(String(policy['Id']))}')`);
  await client.expect(204, 'DELETE', path);
  await client.expect(204, 'DELETE', at('AssetDeliveryPolicies', policy));
  const broken = { Name: 'x', AssetDeliveryConfiguration: 'not json' };
  expect((await client.send('POST', 'AssetDeliveryPolicies', broken)).status).toBe(400);
});

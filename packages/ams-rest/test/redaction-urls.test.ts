/**
 * Every public function that takes a URL gets one with a signature and without `https://`, which is what people paste.
 * Node's own error would carry it in `input`, and a crash would print it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as heart from '../src';
import * as credentials from '../src/credentials';
import * as appService from '../src/credentials/app-service-identity';
import * as arc from '../src/credentials/arc-identity';
import * as github from '../src/credentials/github-actions';
import * as imds from '../src/credentials/imds';
import * as resourceManager from '../src/resource-manager';
import * as storageModule from '../src/storage';
import * as sharedKey from '../src/storage/shared-key';
import * as tokenEndpoint from '../src/token/token-endpoint';
import { everyPrint, listCredential, request } from './helpers/values';

const library = {
  ...{ ...appService, ...arc, ...github, ...imds, ...sharedKey, ...tokenEndpoint },
  ...{ ...heart, ...credentials, ...resourceManager, ...storageModule },
};

const {
  RestClient,
  AmsClient,
  ArmClient,
  NetworkError,
  ServiceError,
  AuthenticationError,
  ProtocolError,
  ArmError,
  bytesSource,
  fetchTransport,
  undiciTransport,
} = library;

const BAD = 'acct.blob.core.windows.net/films/a.mp4?sv=2020-12-06&sr=c&sig=planted%2Bsignature%3D';
const PLANTED = /planted/;

const plain = undiciTransport();
afterAll(() => plain.close());

const account = { account: 'acct', key: Buffer.from('key').toString('base64') };
const credential = listCredential('token');
/** A relative link is followed; nothing listens there. */
const nobody = { endpoint: 'http://127.0.0.1:1', retry: { maxRetries: 0 } };
const api = { endpoint: 'https://h.example', credential, scope: 'r/.default' };
const authority = { tenantId: 't', clientId: 'c', clientSecret: 's' };
const badAuthority = { ...authority, authorityHost: BAD };
const bytes = () => bytesSource(new Uint8Array(3));
const later = new Date(0);

/** By the name of the export, each call that brings the URL in. */
const calls: Readonly<Record<string, () => unknown>> = {
  RestClient: () => new RestClient({ ...api, endpoint: BAD }),
  'RestClient.request': () => new RestClient(api).request('GET', BAD),
  'RestClient.list': () => new RestClient(api).list(BAD).next(),
  'RestClient.follow': () => new RestClient({ ...api, ...nobody }).follow(BAD),
  'RestClient.moveTo': () => new RestClient(api).moveTo(BAD),
  AmsClient: () => new AmsClient({ endpoint: BAD, credential }),
  'AmsClient, allowed origins': () =>
    new AmsClient({ endpoint: 'https://h.example', allowedOrigins: [BAD], credential }),
  'AmsClient.request': () => new AmsClient({ endpoint: 'https://h.example', credential }).request('GET', BAD),
  'AmsClient.list': () => new AmsClient({ endpoint: 'https://h.example', credential }).list(BAD).next(),
  ArmClient: () => new ArmClient({ endpoint: BAD, credential }),
  'ArmClient.request': () => new ArmClient({ credential }).request('GET', BAD, { apiVersion: '2015-10-01' }),
  'ArmClient.list': () => new ArmClient({ credential }).list(BAD, { apiVersion: '2015-10-01' }).next(),
  'ArmClient.follow': () => new ArmClient({ credential, ...nobody }).follow(BAD),
  assignRole: () => library.assignRole(new ArmClient({ credential }), BAD, { principalId: 'p' }),
  clientSecretCredential: () =>
    library.clientSecretCredential({ ...authority, authorityHost: BAD }).getToken('r/.default'),
  clientAssertionCredential: () =>
    library.clientAssertionCredential({ ...badAuthority, assertion: () => 'a' }).getToken('r/.default'),
  clientCertificateCredential: () =>
    library.clientCertificateCredential({ ...badAuthority, certificate: BAD }),
  workloadIdentityCredential: () =>
    library.workloadIdentityCredential({ ...badAuthority, tokenFilePath: '/nowhere/x' }),
  authorizationCodeCredential: () =>
    library.authorizationCodeCredential({ ...badAuthority, openBrowser: () => undefined }),
  deviceCodeCredential: () => library.deviceCodeCredential({ ...badAuthority, onUserCode: () => undefined }),
  refreshTokenCredential: () =>
    library.refreshTokenCredential({ ...badAuthority, refreshToken: 'r' }).getToken('r/.default'),
  authorizationUrl: () =>
    library.authorizationUrl(badAuthority, {
      clientId: 'c',
      redirectUri: BAD,
      scope: 's',
      state: 's',
      codeChallenge: 'c',
    }),
  judgeAuthorizationResponse: () =>
    library.judgeAuthorizationResponse(BAD, new URLSearchParams({ error: 'x', error_description: BAD })),
  tokenEndpoint: () => library.tokenEndpoint({ ...authority, authorityHost: BAD }),
  oauthEndpoint: () => library.oauthEndpoint({ ...authority, authorityHost: BAD }, 'token'),
  buildTokenRequest: () => library.buildTokenRequest({ ...authority, authorityHost: BAD }, {}, 'r/.default'),
  requestToken: () => library.requestToken(plain, { ...authority, authorityHost: BAD }, {}, 'r/.default'),
  appServiceCredential: () => library.appServiceCredential({ endpoint: BAD, header: 'h' }),
  buildAppServiceRequest: () => library.buildAppServiceRequest('r', { endpoint: BAD, header: 'h' }),
  arcCredential: () => library.arcCredential({ endpoint: BAD }),
  buildArcRequest: () => library.buildArcRequest('r', { endpoint: BAD }),
  imdsCredential: () => library.imdsCredential({ host: BAD }),
  buildImdsRequest: () => library.buildImdsRequest('r', { host: BAD }),
  probeImds: () => library.probeImds(plain, { host: BAD }),
  buildGitHubTokenRequest: () => library.buildGitHubTokenRequest({ requestUrl: BAD, requestToken: 't' }),
  gitHubActionsAssertion: () =>
    library.gitHubActionsAssertion({ requestUrl: BAD, requestToken: 't' })({
      audience: 'a',
      signal: new AbortController().signal,
    }),
  bearerTransport: () => library.bearerTransport(plain, { credential, endpoint: BAD }),
  'a bearer transport': () =>
    library.bearerTransport(plain, { credential, endpoint: 'https://h.example' })(request({ url: BAD })),
  sharedKeyTransport: () => library.sharedKeyTransport(plain, { ...account, endpoint: BAD }),
  'a Shared Key transport': () =>
    library.sharedKeyTransport(plain, { ...account, endpoint: 'https://h.example' })(request({ url: BAD })),
  canonicalizedResource: () => library.sharedKeyCanonicalizedResource('acct', BAD),
  'canonicalizedResource, malformed query': () =>
    library.sharedKeyCanonicalizedResource('acct', 'https://h.example/?sig=planted%zz'),
  stringToSign: () => library.sharedKeyStringToSign('acct', request({ url: BAD })),
  sharedKeyAuthorization: () => library.sharedKeyAuthorization(account, request({ url: BAD })),
  undiciTransport: () => plain(request({ url: BAD })),
  fetchTransport: () => fetchTransport()(request({ url: BAD })),
  blobUrlInContainer: () => library.blobUrlInContainer(BAD, 'x'),
  uploadBlob: () => library.uploadBlob(plain, BAD, bytes()),
  uploadStream: () => library.uploadStream(plain, BAD, new Blob(['x']).stream()),
  uploadFolder: () => library.uploadFolder(plain, BAD, __dirname),
  downloadToFile: () => library.downloadToFile(plain, BAD, '/nowhere/x'),
  downloadRanges: () => library.downloadRanges(plain, BAD, { etag: '"e"', sizeBytes: 1 }).next(),
  putBlob: () => library.putBlob(plain, BAD, new Uint8Array(1)),
  putBlock: () => library.putBlock(plain, BAD, 'AAAA', new Uint8Array(1)),
  putBlockList: () => library.putBlockList(plain, BAD, ['AAAA']),
  getBlockList: () => library.getBlockList(plain, BAD, 'committed'),
  getBlobProperties: () => library.getBlobProperties(plain, BAD),
  readBlobRange: () => library.readBlobRange(plain, BAD, 0, 1),
  deleteBlob: () => library.deleteBlob(plain, BAD),
  createContainer: () => library.createContainer(plain, BAD),
  deleteContainer: () => library.deleteContainer(plain, BAD),
  listBlobs: () => library.listBlobs(plain, BAD).next(),
  listContainers: () => library.listContainers(plain, BAD).next(),
  getContainerAccess: () => library.getContainerAccess(plain, BAD),
  setContainerAccess: () => library.setContainerAccess(plain, BAD, { policies: [], publicAccess: undefined }),
  updateStoredPolicies: () => library.updateStoredPolicies(plain, BAD, (policies) => policies),
  getUserDelegationKey: () => library.getUserDelegationKey(plain, BAD, later, later),
};

async function failure(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('was fulfilled');
}

/** These take any text, an issuer's name, or are in the table under a shorter name. */
const NOT_URLS = /^(?:redactUrl|userScope|certificateAssertion(?:Header)?|sharedKeyCanonicalizedResource)$/;

/** What takes a URL, by the signatures of the public interface. */
test('every public function that takes a URL is among them', () => {
  const report = readFileSync(join(__dirname, '../../../docs/api/ams-rest.api.md'), 'utf8');
  const takesUrl =
    /\w*[uU]rl: string|: Authority\b|: \w*(?:Code|Secret|Certificate|Assertion|Identity|RefreshToken)Options\b/;
  const names = [...report.matchAll(/function (\w+)(?:<[^>]*>)?\(([^;]*?)\): /g)]
    .filter(([, , parameters = '']) => takesUrl.test(parameters))
    .map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name) => !(name in calls) && !NOT_URLS.test(name))).toEqual([]);
});

test.each(Object.entries(calls))('%s', async (_, call) => {
  const error = await failure(call);
  expect(['TypeError', 'NetworkError', 'AuthenticationError']).toContain((error as Error).name);
  expect(everyPrint(error)).not.toMatch(PLANTED);
});

/** Of `AmsClient.request` and a wrong setting retries make no more, so they are reported immediately. */
test('a wrong URL is a TypeError, except where an answer of the service brought it', async () => {
  const names: Record<string, string> = {};
  for (const [name, call] of Object.entries(calls)) names[name] = ((await failure(call)) as Error).name;
  const others = Object.entries(names).filter(([, kind]) => kind !== 'TypeError');
  expect(others.map(([name]) => name)).toEqual([
    'RestClient.follow',
    'ArmClient.follow',
    'judgeAuthorizationResponse',
  ]);
});

describe('each error class', () => {
  const url = BAD;
  const cause: Error & { errors?: unknown } = new TypeError(`Invalid URL: ${BAD}`);
  cause.cause = cause;
  cause.errors = [cause, Object.assign(new Error(BAD), { input: BAD })];
  const facts = {
    method: 'GET',
    url,
    status: 400,
    reason: BAD,
    serviceMessage: BAD,
    code: BAD,
    body: BAD,
    cause,
  };
  const said = { code: BAD, message: BAD, target: BAD, details: [] };
  test.each([
    ['NetworkError', new NetworkError({ ...facts, maybeSent: true })],
    ['ServiceError', new ServiceError(facts)],
    ['AuthenticationError', new AuthenticationError(facts)],
    ['ProtocolError', new ProtocolError(facts)],
    ['ArmError', new ArmError({ ...facts, said })],
  ])('%s, with causes that point at each other', (_, error) => {
    expect(everyPrint(error)).not.toMatch(PLANTED);
  });
});

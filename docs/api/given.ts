/** What the examples only declare: clients of an emulator that goes by the names of Contoso, with something in it. */
import { AmsClient, clientSecretCredential, RestClient, undiciTransport, type Transport } from 'ams-rest';
import {
  ArmClient,
  createResourceGroup,
  createStorageAccount,
  listStorageAccountKeys,
  registerProvider,
} from 'ams-rest/resource-manager';
import { authorizationCodeCredential, readCertificate } from 'ams-rest/credentials';
import {
  blobUrlInContainer,
  bytesSource,
  createContainer,
  sharedKeyTransport,
  uploadBlob,
} from 'ams-rest/storage';
import type { Emulator } from 'ams-emulator';

const text = (body: string) => Promise.resolve({ status: 200, headers: {}, body: Buffer.from(body) });

/** Of Azure alone: Azurite gives such a key over https only. */
const delegationTransport: Transport = () =>
  text(
    '<UserDelegationKey><SignedOid>o</SignedOid><SignedTid>t</SignedTid><SignedStart>s</SignedStart>' +
      '<SignedExpiry>e</SignedExpiry><SignedService>b</SignedService><SignedVersion>2020-12-06</SignedVersion>' +
      `<Value>${btoa('a key for an hour')}</Value></UserDelegationKey>`,
  );

export async function givenBy(azure: Emulator, pem: string): Promise<Record<string, unknown>> {
  const { tenantDomain: tenantId, clientId, clientSecret, subscriptionId, principalId } = azure;
  const credential = clientSecretCredential({ tenantId, clientId, clientSecret });
  const ams = new AmsClient({ endpoint: azure.apiEndpoint, credential });
  const arm = new ArmClient({ endpoint: azure.managementEndpoint, credential });
  const create = async (set: string, body: object) =>
    await ams.json<{ Id: string; Path: string }>('POST', set, { body });
  const openBrowser = (url: string) => fetch(url.replace('https://login.microsoftonline.com', azure.url));
  const person = authorizationCodeCredential({ tenantId, clientId, openBrowser });
  return {
    ams,
    arm,
    credential,
    transport: undiciTransport(),
    subscriptionId,
    principalId,
    openBrowser,
    savedRefreshToken: (await person.getToken('https://rest.media.azure.net/.default')).refreshToken,
    saveWhereSecretsAreKept: () => undefined,
    signInVault: () => Promise.resolve('header.claims.signature'),
    key: readCertificate(pem),
    channelId: (await create('Channels', channel)).Id,
    locator: await writableLocator(create),
    proxyAgent: undefined,
    api: films(),
    authorized: delegationTransport,
    ...(await storageIn({ subscriptionId, resourceGroup: 'films' }, arm)),
  };
}

const everyone = { IP: { Allow: [{ Name: 'everyone', Address: '0.0.0.0', SubnetPrefixLength: 0 }] } };
const channel = {
  Name: 'stage',
  Input: { StreamingProtocol: 'FragmentedMP4', AccessControl: everyone, Endpoints: [] },
  Preview: { AccessControl: everyone, Endpoints: [] },
};

async function writableLocator(create: (set: string, body: object) => Promise<{ Id: string; Path: string }>) {
  const asset = await create('Assets', { Name: 'holiday' });
  const policy = await create('AccessPolicies', { Name: 'all', DurationInMinutes: 60, Permissions: 15 });
  return create('Locators', { AccessPolicyId: policy.Id, AssetId: asset.Id, Type: 1 });
}

/** Two storage accounts, one of them with a container and a blob in it. */
async function storageIn(group: { subscriptionId: string; resourceGroup: string }, arm: ArmClient) {
  const filmstore = { ...group, name: 'filmstore' };
  await createResourceGroup(arm, group, 'westus');
  await registerProvider(arm, group.subscriptionId, 'Microsoft.Media');
  await createStorageAccount(arm, filmstore, { location: 'westus' });
  // One of its own for the blobs: the examples give the other new keys.
  const blobstore = { ...group, name: 'blobstore' };
  const { properties } = await createStorageAccount(arm, blobstore, { location: 'westus' });
  const [first] = await listStorageAccountKeys(arm, blobstore);
  const endpoint = properties.primaryEndpoints.blob.replace(/\/$/, '');
  const account = { account: blobstore.name, key: first?.value ?? '', endpoint };
  const signing = sharedKeyTransport(undiciTransport(), account);
  const containerUrl = `${endpoint}/films`;
  const url = blobUrlInContainer(containerUrl, '2024/holiday.mp4');
  await createContainer(signing, containerUrl);
  await uploadBlob(signing, url, bytesSource(Buffer.from('as good as a film')));
  return { group, filmstore, films: { ...group, name: 'films' }, signing, containerUrl, url };
}

/** An API of one's own, which answers the same film whatever it is asked. */
function films(): RestClient {
  const credential = { getToken: () => Promise.resolve({ token: 'opaque', expiresOnTimestamp: Infinity }) };
  const transport: Transport = ({ method }) =>
    text(method === 'GET' ? '{"films":[{"id":"1"}]}' : '{"id":"1"}');
  return new RestClient({
    endpoint: 'https://films.example',
    credential,
    scope: 'api://films/.default',
    transport,
  });
}

// The methods of the classic .NET sample, written with this library: the same arguments, the same behaviour, and what was
// missing there.
import {
  AmsClient,
  blobUrlInContainer,
  clientSecretCredential,
  fileSource,
  requestToken,
  undiciTransport,
  uploadBlob,
  type AmsMethod,
  type AmsResponse,
} from 'ams-rest';

/** What App.config held. `aadsts` named the whole address; here it is divided. */
export interface AppSettings {
  readonly clientid: string;
  readonly clientsecret: string;
  readonly tenant: string;
  readonly authorityHost: string;
  readonly resource: string;
  readonly restapiuri: string;
}

const transport = undiciTransport();

/** `Utils.GetUrlEncodedJWT(clientId, clientSecret)`: one exchange with the v1 endpoint, nothing remembered. */
export async function getUrlEncodedJWT(settings: AppSettings): Promise<string> {
  const { tenant: tenantId, authorityHost, clientid, clientsecret, resource } = settings;
  const form = { grant_type: 'client_credentials', client_id: clientid, client_secret: clientsecret };
  const authority = { tenantId, authorityHost, endpointVersion: 'v1' } as const;
  const { token } = await requestToken(transport, authority, form, `${resource}/.default`);
  return token;
}

/** What to write instead: the token is remembered, shared and renewed, and nobody passes it around. */
export function connect(settings: AppSettings): AmsClient {
  const { tenant: tenantId, authorityHost, clientid, clientsecret, resource, restapiuri } = settings;
  const credential = clientSecretCredential({
    tenantId,
    authorityHost,
    clientId: clientid,
    clientSecret: clientsecret,
    transport,
  });
  return new AmsClient({ endpoint: restapiuri, credential, scope: `${resource}/.default`, transport });
}

/** `AMSClient.MakeRestCall(verb, jwt, uri, path, body)`: a failure is thrown, where the sample printed it. */
export function makeRestCall(
  ams: AmsClient,
  verb: AmsMethod,
  resourcePath: string,
  requestBody?: object,
): Promise<AmsResponse> {
  return ams.request(verb, resourcePath.replace(/^\//, ''), requestBody ? { body: requestBody } : {});
}

/** `AzureStorageClient.MakeRestCall("PUT", sasUrl, GetBytesFromFile(path))`: never the whole file in memory. */
export async function putFile(locatorPath: string, name: string, path: string): Promise<number> {
  const source = await fileSource(path);
  try {
    const { sizeBytes } = await uploadBlob(transport, blobUrlInContainer(locatorPath, name), source);
    return sizeBytes;
  } finally {
    await source.close();
  }
}

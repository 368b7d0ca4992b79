// The methods of the classic .NET sample, written with this library: with the same arguments and behavior, and with what
// was missing there.
import {
  AmsClient,
  clientSecretCredential,
  undiciTransport,
  type HttpMethod,
  type RestResponse,
} from 'ams-rest';
import { blobUrlInContainer, fileSource, uploadBlob } from 'ams-rest/storage';
import { requestToken } from 'ams-rest/credentials';

/** The settings of App.config. Its `aadsts`, the whole URL, is split into `authorityHost` and `tenant`. */
export interface AppSettings {
  readonly clientid: string;
  readonly clientsecret: string;
  readonly tenant: string;
  readonly authorityHost: string;
  readonly resource: string;
  readonly restapiuri: string;
}

const transport = undiciTransport();

/** `Utils.GetUrlEncodedJWT(clientId, clientSecret)`: one exchange with the v1 endpoint, without a cache. */
export async function getUrlEncodedJWT(settings: AppSettings): Promise<string> {
  const { tenant: tenantId, authorityHost, clientid, clientsecret, resource } = settings;
  const form = { grant_type: 'client_credentials', client_id: clientid, client_secret: clientsecret };
  const authority = { tenantId, authorityHost, endpointVersion: 'v1' } as const;
  const { token } = await requestToken(transport, authority, form, `${resource}/.default`);
  return token;
}

/** The replacement: the credential caches, shares and renews the token, so no code passes it around. */
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
  verb: HttpMethod,
  resourcePath: string,
  requestBody?: object,
): Promise<RestResponse> {
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

/**
 * Managed identities of Azure Arc: the agent on the machine first names a file that only privileged users can read,
 * and gives the token to who can tell what is in it.
 *
 * Source: "Authenticate against Azure resources with Azure Arc-enabled servers".
 */
import { parseChallenges } from '../challenge';
import { exchangeFacts, ProtocolError } from '../errors';
import { parseBaseUrl, type HttpRequest, type HttpResponse, type Transport } from '../http';
import { printRedacted } from '../redact';
import { sendWithRetry } from '../retry';
import { undiciTransport } from '../undici-transport';
import { ARC_KEY_FOLDERS, readArcKey, type ArcKeyFolder } from './arc-key-file';
import {
  buildIdentityRequest,
  identityParameter,
  judgeIdentityResponse,
  requestIdentityToken,
  type ManagedIdentityOptions,
} from './managed-identity';
import { cachedCredential, type CachedCredential } from './token-cache';
import { resourceOfScope, type TokenResponse } from './token-endpoint';
import { parseJsonObject } from './token-refusal';

/** How to ask the agent of Azure Arc, on a machine outside Azure. */
export interface ArcIdentityOptions extends ManagedIdentityOptions {
  /** `IDENTITY_ENDPOINT`; default that of the agent, `http://localhost:40342/metadata/identity/oauth2/token`. */
  readonly endpoint?: string;
  /** Where the agent keeps its key files; default that of Linux. */
  readonly keyFolder?: ArcKeyFolder;
}

const AGENT = 'http://localhost:40342/metadata/identity/oauth2/token';
const NAMES = { clientId: 'client_id', objectId: 'object_id', resourceId: 'msi_res_id' };

/** Builds the first request, to be answered by 401 and the name of a file; pure. */
export function buildArcRequest(
  resource: string,
  options: ArcIdentityOptions = {},
  signal?: AbortSignal,
): HttpRequest {
  const query = [
    ['api-version', '2020-06-01'],
    ['resource', resource],
    ...identityParameter(options.identity, NAMES),
  ] as const;
  const endpoint = parseBaseUrl(options.endpoint ?? AGENT, 'endpoint').href;
  return buildIdentityRequest(endpoint, query, { metadata: 'true' }, { ...options, signal });
}

/**
 * The path that the first answer names: `WWW-Authenticate: Basic realm=/var/opt/azcmagent/tokens/….key`. Pure.
 *
 * @throws AuthenticationError or ProtocolError when the answer is anything but that challenge.
 */
export function judgeArcChallenge(request: HttpRequest, response: HttpResponse): string {
  const { status } = response;
  if (status !== 401 && status !== 200) judgeIdentityResponse(request, response, Date.now());
  const challenges = parseChallenges(quoteRealm(response.headers['www-authenticate'] ?? ''));
  const realm = challenges.find(({ scheme }) => scheme === 'basic')?.params.get('realm');
  if (status === 401 && realm) return realm;
  throw new ProtocolError({
    ...exchangeFacts(request),
    status,
    reason: 'the Arc agent did not name a key file, so nothing proves that it is the agent',
  });
}

/** The agent does not quote the path, though a slash is no character of an RFC 9110 token. */
function quoteRealm(header: string): string {
  return header.replace(
    /(realm=)([^"\s,][^,\s]*)/i,
    (_, name: string, path: string) => `${name}"${path.replaceAll('\\', '\\\\')}"`,
  );
}

/** The second request: the same with the key as proof, which is sent as it stands in the file. */
export function withArcKey(request: HttpRequest, key: string): HttpRequest {
  return printRedacted({ ...request, headers: { ...request.headers, authorization: `Basic ${key}` } });
}

/**
 * A credential that gets the tokens of an Arc-enabled machine's identity, and remembers them. The process must be
 * allowed to read the agent's key files: on Linux, to be in the group `himds`.
 *
 * @throws TypeError when the settings cannot be right; `getToken` throws what `requestIdentityToken` and
 *   `readArcKey` throw, and ProtocolError when the agent answers for another identity than the one that was named.
 */
export function arcCredential(options: ArcIdentityOptions = {}): CachedCredential<TokenResponse> {
  const { transport = undiciTransport(), keyFolder = ARC_KEY_FOLDERS.linux } = options;
  buildArcRequest('', options);
  return cachedCredential(async (scope, { signal }) => {
    const request = buildArcRequest(resourceOfScope(scope), options, signal);
    const { response } = await sendWithRetry(transport, request, options.retry);
    const key = await readArcKey(judgeArcChallenge(request, response), keyFolder);
    const checked = echoChecked(transport, identityParameter(options.identity, NAMES));
    return requestIdentityToken(checked, withArcKey(request, key), options.retry);
  }, options);
}

/** Older agents pass over the name of an identity and answer for the machine's own; newer ones repeat it. */
function echoChecked(transport: Transport, identity: readonly [name: string, value: string][]): Transport {
  return async (request) => {
    const response = await transport(request);
    const answer = response.status === 200 ? parseJsonObject(response.body) : undefined;
    const answeredFor = (name: string) => String(answer?.[name]).toLowerCase();
    if (answer && identity.some(([name, value]) => answeredFor(name) !== value.toLowerCase()))
      throw new ProtocolError({
        ...exchangeFacts(request),
        status: 200,
        reason: 'the Arc agent does not say that the token is for the identity that was named',
      });
    return response;
  };
}

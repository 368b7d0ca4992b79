/**
 * Managed identities of Azure Arc: the agent on the machine first names a file that only privileged users can read. It
 * gives the token to a process that sends the content of that file.
 *
 * Source: "Authenticate against Azure resources with Azure Arc-enabled servers".
 */
import { parseChallenges } from '../http/challenge';
import { requestFacts, ProtocolError } from '../http/errors';
import { type HttpRequest, type HttpResponse, type Transport } from '../http/messages';
import { parseBaseUrl } from '../http/url';
import { printRedacted } from '../http/redact';
import { sendWithRetry } from '../http/retry';
import { undiciTransport } from '../http/undici-transport';
import { ARC_KEY_FOLDERS, readArcKey, type ArcKeyFolder } from './arc-key-file';
import {
  buildIdentityRequest,
  identityParameter,
  judgeIdentityResponse,
  requestIdentityToken,
  type ManagedIdentityOptions,
} from './managed-identity';
import { cachedCredential, type CachedCredential } from '../token/token-cache';
import { resourceOfScope, type TokenResponse } from '../token/token-endpoint';
import { parseJsonObject } from '../http/messages';

/** How to reach the Azure Arc agent, on a machine outside Azure. */
export interface ArcIdentityOptions extends ManagedIdentityOptions {
  /** `IDENTITY_ENDPOINT`; default that of the agent, `http://localhost:40342/metadata/identity/oauth2/token`. */
  readonly endpoint?: string;
  /** The folder of the agent's key files: an operating system's usual one, or another. Default `linux`. */
  readonly keyFolder?: ArcKeyFolder | 'linux' | 'windows';
}

const AGENT = 'http://localhost:40342/metadata/identity/oauth2/token';
const NAMES = { clientId: 'client_id', objectId: 'object_id', resourceId: 'msi_res_id' };

/** Builds the first request, which the agent answers with 401 and the name of a file; pure. */
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
    ...requestFacts(request),
    status,
    reason: 'the Arc agent did not name a key file, so nothing proves that it is the agent',
  });
}

/** The agent does not quote the path, although a slash is not allowed in an RFC 9110 token. */
function quoteRealm(header: string): string {
  return header.replace(
    /(realm=)([^"\s,][^,\s]*)/i,
    (_, name: string, path: string) => `${name}"${path.replaceAll('\\', '\\\\')}"`,
  );
}

/** The second request: the first one with the content of the key file as proof. */
export function withArcKey(request: HttpRequest, key: string): HttpRequest {
  return printRedacted({ ...request, headers: { ...request.headers, authorization: `Basic ${key}` } });
}

/**
 * A credential that gets and caches the tokens of an Arc-enabled machine's identity. The process must be allowed to read
 * the agent's key files: on Linux, it must be in the group `himds`.
 *
 * @throws TypeError for invalid settings; `getToken` throws what `requestIdentityToken` and `readArcKey` throw, and
 *   ProtocolError when the agent's token is for an identity other than the requested one.
 */
export function arcCredential(options: ArcIdentityOptions = {}): CachedCredential<TokenResponse> {
  const { transport = undiciTransport(), keyFolder = 'linux' } = options;
  const folder = typeof keyFolder === 'string' ? ARC_KEY_FOLDERS[keyFolder] : keyFolder;
  buildArcRequest('', options);
  return cachedCredential(
    async (scope, { signal }) => {
      const request = buildArcRequest(resourceOfScope(scope), options, signal);
      const { response } = await sendWithRetry(transport, request, options.retry);
      const key = await readArcKey(judgeArcChallenge(request, response), folder);
      const checked = echoChecked(transport, identityParameter(options.identity, NAMES));
      return requestIdentityToken(checked, withArcKey(request, key), options);
    },
    options,
    options.transport ? undefined : transport,
  );
}

/** Older agents ignore the identity parameter and use the machine's own identity; newer ones return the parameter. */
function echoChecked(transport: Transport, identity: readonly [name: string, value: string][]): Transport {
  return async (request) => {
    const response = await transport(request);
    const answer = response.status === 200 ? parseJsonObject(response.body) : undefined;
    const answeredFor = (name: string) => String(answer?.[name]).toLowerCase();
    if (answer && identity.some(([name, value]) => answeredFor(name) !== value.toLowerCase()))
      throw new ProtocolError({
        ...requestFacts(request),
        status: 200,
        reason: 'the Arc agent does not confirm that the token is for the requested identity',
      });
    return response;
  };
}

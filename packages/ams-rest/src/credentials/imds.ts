/** The Instance Metadata Service of virtual machines, scale sets and AKS nodes, on an address that never leaves them. */
import { NetworkError } from '../errors';
import { isLoopback, type HttpRequest, type Transport } from '../http';
import type { RetryOptions } from '../retry';
import { undiciTransport } from '../undici-transport';
import {
  buildIdentityRequest,
  identityParameter,
  requestIdentityToken,
  type ManagedIdentityOptions,
} from './managed-identity';
import { cachedCredential, type CachedCredential } from './token-cache';
import { resourceOfScope, type TokenResponse } from './token-endpoint';

/** How to ask the Instance Metadata Service, on a machine in Azure. */
export interface ImdsOptions extends ManagedIdentityOptions {
  /** Default `http://169.254.169.254`; `AZURE_POD_IDENTITY_AUTHORITY_HOST` names another. */
  readonly host?: string;
  /** How long to wait for a sign that there is an IMDS at all; default 1000. */
  readonly probeTimeoutMs?: number;
}

const IMDS_HOST = 'http://169.254.169.254';
const TOKEN_PATH = '/metadata/identity/oauth2/token';
const NAMES = { clientId: 'client_id', objectId: 'object_id', resourceId: 'msi_res_id' };

/**
 * Microsoft asks to repeat 404 and 429 too, and 410 for the 70 seconds that an update takes: the waits are
 * 2, 4, 8, 16, 20, 20 and 20 seconds, each less up to half.
 */
const RETRY: RetryOptions = { maxRetries: 7, baseDelayMs: 2000, alsoRetry: [404, 410] };

/** Builds the token request; pure. @throws TypeError when the host is neither link-local nor loopback nor https. */
export function buildImdsRequest(
  resource: string,
  options: ImdsOptions = {},
  signal?: AbortSignal,
): HttpRequest {
  const query = [
    ['api-version', '2018-02-01'],
    ['resource', resource],
    ...identityParameter(options.identity, NAMES),
  ] as const;
  // Without the header the service refuses: nobody can be tricked into sending it by a link or a redirect.
  return buildIdentityRequest(tokenUrl(options), query, { metadata: 'true' }, { ...options, signal });
}

/**
 * Whether an IMDS answers here: a request without the header, which it refuses at once; away from Azure nobody
 * answers, and after `probeTimeoutMs` the question is settled. One try.
 */
export async function probeImds(
  transport: Transport,
  options: ImdsOptions = {},
  signal?: AbortSignal,
): Promise<boolean> {
  const request = buildIdentityRequest(
    tokenUrl(options),
    [],
    {},
    { timeoutMs: options.probeTimeoutMs ?? 1000, signal },
  );
  try {
    const { status, body } = await transport(request);
    // Docker Desktop answers for an address that it cannot reach.
    return !(status === 403 && /unreachable/i.test(Buffer.from(body).toString('latin1')));
  } catch (error) {
    if (error instanceof NetworkError) return false;
    throw error;
  }
}

/**
 * A credential that gets the tokens of the machine's managed identity, and remembers them. The first call probes.
 *
 * @throws TypeError when the host cannot be right; `getToken` throws NetworkError when there is no IMDS, and what
 *   `requestIdentityToken` throws.
 */
export function imdsCredential(options: ImdsOptions = {}): CachedCredential<TokenResponse> {
  const { transport = undiciTransport() } = options;
  tokenUrl(options);
  let found = false;
  return cachedCredential(async (scope, { signal }) => {
    const request = buildImdsRequest(resourceOfScope(scope), options, signal);
    found ||= await probeImds(transport, options, signal);
    if (!found) {
      const reason =
        'no managed identity endpoint answers: this is no Azure machine, or its IMDS is out of reach';
      throw new NetworkError({ method: request.method, url: request.url, reason, maybeSent: false });
    }
    return requestIdentityToken(transport, request, { ...RETRY, ...options.retry });
  }, options);
}

function tokenUrl({ host = IMDS_HOST }: ImdsOptions): string {
  if (!URL.canParse(host)) throw new TypeError('host is not an absolute URL');
  const { protocol, hostname, origin } = new URL(host);
  // Plain http, but to this machine or its link alone.
  if (protocol !== 'https:' && !isLoopback(hostname) && !/^169\.254\.\d+\.\d+$/.test(hostname))
    throw new TypeError('host must start with https:// (http:// is for this machine and 169.254.0.0/16)');
  return origin + TOKEN_PATH;
}

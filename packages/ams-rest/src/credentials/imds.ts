/** The Instance Metadata Service of virtual machines, scale sets and AKS nodes, on an address that never leaves them. */
import { NetworkError } from '../http/errors';
import type { HttpRequest, Transport } from '../http/messages';
import type { RetryOptions } from '../http/retry';
import { undiciTransport } from '../http/undici-transport';
import {
  buildIdentityRequest,
  identityParameter,
  platformEndpoint,
  requestIdentityToken,
  type ManagedIdentityOptions,
} from './managed-identity';
import { cachedCredential, type CachedCredential } from '../token/token-cache';
import { resourceOfScope, type TokenResponse } from '../token/token-endpoint';

/** How to reach the Instance Metadata Service, on a machine in Azure. */
export interface ImdsOptions extends ManagedIdentityOptions {
  /** Default `http://169.254.169.254`; `AZURE_POD_IDENTITY_AUTHORITY_HOST` names another. */
  readonly host?: string;
  /**
   * Time limit for the probe. Default 10 000 for `imdsCredential`, as the first answer after a start can take seconds, and
   * 1000 for `probeImds`, which chooses between credentials.
   */
  readonly probeTimeoutMs?: number;
}

const IMDS_HOST = 'http://169.254.169.254';
/** Long, because `imdsCredential` has no other credential to fall back to. */
const PATIENT_PROBE_MS = 10_000;
const TOKEN_PATH = '/metadata/identity/oauth2/token';
const NAMES = { clientId: 'client_id', objectId: 'object_id', resourceId: 'msi_res_id' };

/**
 * Microsoft asks clients to repeat 404 and 429 too, and 410 for the 70 seconds that an update takes: the waits are
 * 2, 4, 8, 16, 20, 20 and 20 seconds, each less up to half.
 */
const RETRY: RetryOptions = { maxRetries: 7, baseDelayMs: 2000, alsoRetry: [404, 410] };

/** Builds the token request; pure. @throws what `platformEndpoint` throws. */
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
  // The service requires this header, which a link or a redirect cannot make a client send.
  return buildIdentityRequest(tokenUrl(options), query, { metadata: 'true' }, { ...options, signal });
}

/**
 * Returns whether this machine has an IMDS. Sends one request without the header, which an IMDS refuses immediately; on
 * other machines there is no answer within `probeTimeoutMs`.
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
    // Docker Desktop answers in place of an address that it cannot reach.
    return !(status === 403 && /unreachable/i.test(Buffer.from(body).toString('latin1')));
  } catch (error) {
    if (error instanceof NetworkError) return false;
    throw error;
  }
}

/**
 * A credential that gets and caches the tokens of the machine's managed identity. The first call probes.
 *
 * @throws TypeError when the host is invalid; `getToken` throws NetworkError when there is no IMDS, and what
 *   `requestIdentityToken` throws.
 */
export function imdsCredential(options: ImdsOptions = {}): CachedCredential<TokenResponse> {
  const { transport = undiciTransport() } = options;
  tokenUrl(options);
  let found = false;
  return cachedCredential(
    async (scope, { signal }) => {
      const request = buildImdsRequest(resourceOfScope(scope), options, signal);
      found ||= await probeImds(transport, { probeTimeoutMs: PATIENT_PROBE_MS, ...options }, signal);
      if (!found) {
        const reason =
          'no managed identity endpoint answers: this is not an Azure machine, or its IMDS cannot be reached';
        throw new NetworkError({ method: request.method, url: request.url, reason, maybeSent: false });
      }
      return requestIdentityToken(transport, request, { ...options, retry: { ...RETRY, ...options.retry } });
    },
    options,
    options.transport ? undefined : transport,
  );
}

function tokenUrl({ host = IMDS_HOST }: ImdsOptions): string {
  return platformEndpoint(host, 'host').origin + TOKEN_PATH;
}

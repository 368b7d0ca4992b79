/** Assertions from GitHub Actions: the job's OpenID Connect token, for a job with `permissions: id-token: write`. */
import { AuthenticationError, requestFacts, ProtocolError } from '../http/errors';
import { DEFAULT_TIMEOUT_MS, type HttpRequest, type HttpResponse, type Transport } from '../http/messages';
import { parseBaseUrl } from '../http/url';
import { printRedacted } from '../http/redact';
import { judged, sendWithRetry, type RetryOptions } from '../http/retry';
import { undiciTransport } from '../http/undici-transport';
import type { AssertionSource } from './client-assertion';
import { PUBLIC_CLOUD } from './clouds';
import { parseJsonObject } from '../http/messages';

/** Where a GitHub Actions job requests its assertion. */
export interface GitHubActionsOptions {
  /** `ACTIONS_ID_TOKEN_REQUEST_URL` of the job. */
  readonly requestUrl: string;
  /** `ACTIONS_ID_TOKEN_REQUEST_TOKEN` of the job. */
  readonly requestToken: string;
  /** The audience of the federated credential; default that of the public cloud, `api://AzureADTokenExchange`. */
  readonly audience?: string;
  /** Default: a new undici transport. */
  readonly transport?: Transport;
  readonly retry?: RetryOptions;
  /** For one try; default 60 000. */
  readonly timeoutMs?: number;
}

/**
 * Builds the request for the job's token; pure.
 *
 * @throws TypeError when the URL is not https (http on loopback) or the request token is empty.
 */
export function buildGitHubTokenRequest(options: GitHubActionsOptions, signal?: AbortSignal): HttpRequest {
  if (!options.requestToken) throw new TypeError('requestToken is empty');
  if (!URL.canParse(options.requestUrl)) throw new TypeError('requestUrl is not an absolute URL');
  const url = new URL(options.requestUrl);
  parseBaseUrl(url.origin, 'requestUrl');
  url.searchParams.set('audience', options.audience ?? PUBLIC_CLOUD.federationAudience);
  return printRedacted({
    method: 'GET',
    url: url.href,
    headers: { accept: 'application/json', authorization: `Bearer ${options.requestToken}` },
    signal,
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    maxResponseBytes: 64 * 1024,
  });
}

/**
 * The token in the answer; pure.
 *
 * @throws AuthenticationError when GitHub refused, ProtocolError when a success has no token.
 */
export function judgeGitHubTokenResponse(request: HttpRequest, { status, body }: HttpResponse): string {
  const facts = { ...requestFacts(request), status };
  if (status !== 200)
    throw new AuthenticationError({
      ...facts,
      hint: 'GitHub gave the job no OpenID Connect token: check `permissions: id-token: write`',
    });
  const value = parseJsonObject(body)?.['value'];
  if (typeof value === 'string' && value !== '') return value;
  throw new ProtocolError({ ...facts, reason: 'GitHub answered 200 without a token' });
}

/** An assertion source that asks GitHub at every exchange, as its tokens live only five minutes. */
export function gitHubActionsAssertion(options: GitHubActionsOptions): AssertionSource {
  const { transport = undiciTransport() } = options;
  return async ({ signal }) => {
    const request = buildGitHubTokenRequest(options, signal);
    const exchange = await sendWithRetry(transport, request, options.retry);
    return judged(exchange, (response) => judgeGitHubTokenResponse(request, response));
  };
}

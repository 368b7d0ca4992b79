/** Records exchanges, redacted when they are recorded: a trace holds no secret in memory either. */
import { describeAccessToken, type TokenAttribute } from 'ams-rest/credentials';
import {
  redactHeaders,
  redactText,
  redactUrl,
  type HttpRequest,
  type HttpResponse,
  type Transport,
} from 'ams-rest';
import type { Settings } from '../settings';

export type TraceParty =
  'STS' | 'Resource Manager' | 'Media Services' | 'Storage' | 'Streaming' | 'Other API';

export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  /** Empty when it is not text or must not be recorded. */
  readonly body: string;
  readonly bodyBytes: number;
  /** Only the beginning of the body is recorded. */
  readonly isCut: boolean;
  /** Why there is no body here although there was one. */
  readonly withheld: string;
}

export interface Recorded {
  readonly startedAt: Date;
  readonly durationMs: number;
  /** The step of the story that caused it. */
  readonly step: string;
  readonly party: TraceParty;
  readonly method: string;
  readonly url: string;
  /** Of the authorization header: `Bearer`, `SharedKey`; empty without one. */
  readonly scheme: string;
  readonly request: Message;
  readonly status: number | undefined;
  readonly response: Message | undefined;
  /** Why there is no answer. */
  readonly failure: string | undefined;
  /** The claims of a token in the answer. */
  readonly token: readonly TokenAttribute[];
}

export interface Recorder {
  readonly exchanges: readonly Recorded[];
  watch(transport: Transport): Transport;
}

const MAX_BODY_CHARS = 32_768;

export function createRecorder(settings: Settings, currentStep: () => string): Recorder {
  const exchanges: Recorded[] = [];
  const secrets = [settings.clientSecret];
  return {
    exchanges,
    watch: (transport) => async (request) => {
      const startedAt = new Date();
      const started = performance.now();
      const keep = (response: HttpResponse | undefined, failure: string | undefined) => {
        const party = partyOf(request, settings);
        exchanges.push({
          startedAt,
          durationMs: Math.round((performance.now() - started) * 10) / 10,
          step: currentStep(),
          party,
          method: request.method,
          url: redactUrl(request.url),
          scheme: /^\w+/.exec(request.headers['authorization'] ?? '')?.[0] ?? '',
          request: message(request, party, request, secrets),
          status: response?.status,
          response: response && message(request, party, response, secrets),
          failure: failure && redactText(failure, secrets),
          token: response ? tokenIn(request, response) : [],
        });
      };
      try {
        const response = await transport(request);
        keep(response, undefined);
        return response;
      } catch (error) {
        keep(undefined, error instanceof Error ? error.message : String(error));
        throw error;
      }
    },
  };
}

/** By what only that party receives: on the local Azure all have the same address. */
function partyOf({ url, headers }: HttpRequest, { cloud }: Settings): TraceParty {
  const { pathname, searchParams, origin } = new URL(url);
  const asksForIdentity = 'x-identity-header' in headers || 'metadata' in headers;
  if (asksForIdentity || /\/oauth2\/|\/\.well-known\//.test(pathname)) return 'STS';
  if ('dataserviceversion' in headers) return 'Media Services';
  const scheme = headers['authorization'] ?? '';
  if (searchParams.has('sig') || /^SharedKey/i.test(scheme)) return 'Storage';
  if (scheme === '') return 'Streaming';
  return origin === new URL(cloud.resourceManagerEndpoint).origin ? 'Resource Manager' : 'Other API';
}

/** Calls whose bodies are secrets by nature: account keys, content keys, signatures, user delegation keys. */
const KEYS =
  /\/(list|regenerate)\w*(keys?|sas|secrets?|credentials?)\b|userdelegationkey|ContentKey|KeyDelivery|Protection/i;

/** What may be recorded of messages to and from the token endpoint. */
const TOKEN_FIELDS = new Set(
  (
    'grant_type client_id client_assertion_type scope resource token_type expires_in ext_expires_in expires_on ' +
    'not_before error error_description error_codes error_uri suberror timestamp trace_id correlation_id'
  ).split(' '),
);

function message(
  { url }: HttpRequest,
  party: TraceParty,
  { headers, body }: HttpRequest | HttpResponse,
  secrets: readonly string[],
): Message {
  const type = headers['content-type'] ?? '';
  const bodyBytes = body === undefined ? 0 : Buffer.byteLength(body);
  const shared = { headers: redactHeaders(headers), bodyBytes, body: '', isCut: false, withheld: '' };
  if (bodyBytes === 0 || !/json|xml|urlencoded|text\//.test(type)) return shared;
  if (party === 'Other API') return { ...shared, withheld: 'an API that is not known may send secrets' };
  if (KEYS.test(url)) return { ...shared, withheld: 'it holds keys' };
  const text = typeof body === 'string' ? body : Buffer.from(body ?? []).toString('utf8');
  const isToken = party === 'STS' && !url.includes('/.well-known/');
  // Cut after redaction, so that no half of a secret stays.
  const shown = isToken
    ? tokenMessage(text, type, secrets)
    : redactBody(text.slice(0, 2 * MAX_BODY_CHARS), secrets);
  return { ...shared, body: shown.slice(0, MAX_BODY_CHARS), isCut: text.length > MAX_BODY_CHARS };
}

/** A form or JSON of the token endpoint, with the values of the fields that are known to be harmless. */
function tokenMessage(text: string, type: string, secrets: readonly string[]): string {
  const show = (name: string, value: unknown): unknown => {
    if (!TOKEN_FIELDS.has(name)) return 'REDACTED';
    return typeof value === 'string' ? redactText(value, secrets) : value;
  };
  if (type.includes('urlencoded'))
    return [...new URLSearchParams(text)]
      .map(([name, value]) => `${name}=${encodeURIComponent(String(show(name, value)))}`)
      .join('&');
  try {
    const fields = Object.entries(JSON.parse(text) as object);
    return JSON.stringify(Object.fromEntries(fields.map(([name, value]) => [name, show(name, value)])));
  } catch {
    return '';
  }
}

/** Secrets are also looked for in the strings that JSON escapes stand for. */
function redactBody(text: string, secrets: readonly string[]): string {
  const redacted = redactText(text, secrets);
  try {
    const values = JSON.parse(redacted) as unknown;
    const again = JSON.stringify(values, (_, value: unknown) =>
      typeof value === 'string' ? redactText(value, secrets) : value,
    );
    return again === JSON.stringify(values) ? redacted : again;
  } catch {
    return redacted;
  }
}

function tokenIn(request: HttpRequest, response: HttpResponse): readonly TokenAttribute[] {
  if (!request.url.includes('/oauth2/') || response.status !== 200) return [];
  const token = /"access_token"\s*:\s*"([^"]+)"/.exec(Buffer.from(response.body).toString('utf8'))?.[1];
  return (token && describeAccessToken(token)?.attributes) || [];
}

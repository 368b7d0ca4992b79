/** Keeps what went over the wire, redacted at the moment it is kept: no secret is ever in memory for a trace. */
import {
  describeAccessToken,
  redactHeaders,
  redactText,
  redactUrl,
  type HttpRequest,
  type HttpResponse,
  type TokenAttribute,
  type Transport,
} from 'ams-rest';
import type { Settings } from '../settings';

export type TraceParty = 'STS' | 'Resource Manager' | 'Media Services' | 'Storage' | 'Streaming';

export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly bodyBytes: number;
}

export interface Recorded {
  readonly startedAt: Date;
  readonly durationMs: number;
  /** The step of the story that caused it. */
  readonly step: string;
  readonly party: TraceParty;
  readonly method: string;
  readonly url: string;
  readonly request: Message;
  readonly status: number | undefined;
  readonly response: Message | undefined;
  /** Why there is no answer. */
  readonly failure: string | undefined;
  /** Of a token that came with the answer. */
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
      const keep = (response: HttpResponse | undefined, failure: string | undefined) =>
        exchanges.push({
          startedAt,
          durationMs: Math.round((performance.now() - started) * 10) / 10,
          step: currentStep(),
          party: partyOf(request),
          method: request.method,
          url: redactUrl(request.url),
          request: message(request.headers, request.body, secrets),
          status: response?.status,
          response: response && message(response.headers, response.body, secrets),
          failure: failure && redactText(failure, secrets),
          token: response ? tokenIn(request, response) : [],
        });
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

/** By what only that party is sent, as on the local Azure they share an address. */
function partyOf({ url, headers }: HttpRequest): TraceParty {
  const { pathname, searchParams } = new URL(url);
  if (/\/oauth2\/|\/\.well-known\//.test(pathname)) return 'STS';
  if ('dataserviceversion' in headers) return 'Media Services';
  if (searchParams.has('sig') || headers['authorization']?.startsWith('SharedKey')) return 'Storage';
  return searchParams.has('api-version') ? 'Resource Manager' : 'Streaming';
}

function message(
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array | undefined,
  secrets: readonly string[],
): Message {
  const type = headers['content-type'] ?? '';
  const bodyBytes = body === undefined ? 0 : Buffer.byteLength(body);
  const readable = /json|xml|urlencoded|text\//.test(type);
  const text = typeof body === 'string' ? body : Buffer.from(body ?? []).toString('utf8');
  return {
    headers: redactHeaders(headers),
    body: readable ? redactText(text.slice(0, MAX_BODY_CHARS), secrets) : '',
    bodyBytes,
  };
}

function tokenIn(request: HttpRequest, response: HttpResponse): readonly TokenAttribute[] {
  if (!request.url.includes('/oauth2/') || response.status !== 200) return [];
  const token = /"access_token"\s*:\s*"([^"]+)"/.exec(Buffer.from(response.body).toString('utf8'))?.[1];
  return (token && describeAccessToken(token)?.attributes) || [];
}

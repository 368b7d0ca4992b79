/** One exchange as text, with what differs from run to run replaced, and lengths that fit what is shown. */
import type { Emulator } from 'ams-emulator';
import type { HttpRequest, HttpResponse } from 'ams-rest';

type Mask = (text: string) => string;

/** What is different in each run, and the same in all transcripts. */
export function maskFor({ url, blobEndpoint }: Emulator): Mask {
  const places = [
    [url, 'http://azure.example'],
    [new URL(url).host, 'azure.example'],
    [new URL(blobEndpoint).origin, 'http://blob.example'],
    [new URL(blobEndpoint).host, 'blob.example'],
    [new URL(url).hostname, 'azure.example'],
  ] as const;
  return (text) => {
    const placed = places.reduce((result, [from, to]) => result.replaceAll(from, to), text);
    return placed.replace(/eyJ[\w-]*\.[\w-]+\.[\w-]+/g, 'eyJ…').replace(/([?&]sig=)[^&"\s]+/g, '$1…');
  };
}

const VARYING: Readonly<Record<string, string>> = {
  date: 'Mon, 01 Jan 2024 00:00:00 GMT',
  'last-modified': 'Mon, 01 Jan 2024 00:00:00 GMT',
  'x-ms-creation-time': 'Mon, 01 Jan 2024 00:00:00 GMT',
  'x-ms-copy-completion-time': 'Mon, 01 Jan 2024 00:00:00 GMT',
  'x-ms-copy-id': '00000000-0000-4000-8000-000000000003',
  etag: '"0x8DC0A5C1B2C3D4E"',
  'content-md5': '…',
  'x-ms-request-id': '00000000-0000-4000-8000-000000000001',
  'x-ms-client-request-id': '00000000-0000-4000-8000-000000000002',
  'request-id': '00000000-0000-4000-8000-000000000001',
  'client-request-id': '00000000-0000-4000-8000-000000000002',
};
/** Of one connection, not of the exchange. */
const HIDDEN = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

export function formatExchange(request: HttpRequest, response: HttpResponse, mask: Mask): string {
  const { origin, host } = new URL(request.url);
  const sent = bodyOf(request.body ?? '', request.headers, mask);
  const answered = bodyOf(response.body, response.headers, mask);
  // A POST without a body says so, or IIS answers 411.
  const hasLength = request.body !== undefined || request.method === 'POST';
  const length = hasLength ? { 'content-length': String(sent.bytes) } : {};
  return [
    `${request.method} ${mask(request.url.slice(origin.length))} HTTP/1.1`,
    ...headerLines({ host, ...request.headers, ...length }, mask),
    ...(sent.text === '' ? [] : ['', sent.text]),
    '',
    `HTTP/1.1 ${response.status}`,
    ...headerLines(
      { ...response.headers, ...(answered.bytes > 0 && { 'content-length': String(answered.bytes) }) },
      mask,
    ),
    ...(answered.text === '' ? [] : ['', answered.text]),
    '',
  ].join('\n');
}

function headerLines(headers: Readonly<Record<string, string>>, mask: Mask): string[] {
  return Object.entries(headers)
    .filter(([name]) => !HIDDEN.has(name) || name === 'content-length')
    .map(([name, value]) => `${name}: ${VARYING[name] ?? mask(value)}`);
}

function bodyOf(
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
  mask: Mask,
): { readonly text: string; readonly bytes: number } {
  const isText = typeof body === 'string' || /json|xml|text/.test(headers['content-type'] ?? '');
  if (!isText) return { text: body.length > 0 ? `(${body.length} bytes)` : '', bytes: body.length };
  const text = mask(Buffer.from(body).toString('utf8'));
  return { text, bytes: Buffer.byteLength(text) };
}

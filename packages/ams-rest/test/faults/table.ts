/**
 * The fault matrix: what is sent how often, and what the caller gets.
 *
 * Each fault meets a GET and a POST to the API and a token request, with two retries (the default is three).
 * The same table is run by `fault-matrix.test.ts` and printed as docs/fault-matrix.md.
 */
import {
  broken,
  maybeSent,
  notSent,
  passing,
  refusal,
  secondTry,
  throttled,
  tooLate,
  tooLongAWait,
  unreadable,
} from './cells';
import {
  always,
  answer,
  flood,
  GAVE_UP,
  gzipBomb,
  once,
  playBack,
  raw,
  status,
  thenEnd,
  thenReset,
  trickle,
  UNKNOWN,
  type Fault,
} from './fault';
import { redirects } from './redirects';

const OK_HEAD = 'HTTP/1.1 200 OK';
const retryAfter = (value: string) => status(429, { 'retry-after': value });
const json = (text: string) => answer(200, text, { 'content-type': 'application/json' });
const httpDate = (offsetMs: number) => new Date(Date.now() + offsetMs).toUTCString();

export const faults: Readonly<Record<string, readonly Fault[]>> = {
  'The service says no': [
    { name: '400', replies: always(status(400)), ...refusal(400) },
    {
      name: '401 once',
      replies: once(status(401)),
      get: '2× ok',
      post: '2× ok',
      token: '1× AuthenticationError 401',
    },
    {
      name: '401 for ever',
      replies: always(status(401)),
      get: '2× ServiceError 401, refused with a new token too',
      post: '2× ServiceError 401, refused with a new token too',
      token: '1× AuthenticationError 401',
    },
    { name: '403', replies: always(status(403)), ...refusal(403) },
    { name: '404', replies: always(status(404)), ...refusal(404) },
    { name: '409', replies: always(status(409)), ...refusal(409) },
    { name: '412', replies: always(status(412)), ...refusal(412) },
    { name: '408', replies: always(status(408)), ...passing(408) },
    { name: '500', replies: always(status(500)), ...passing(500) },
    { name: '502 with HTML', replies: always(status(502)), ...passing(502) },
    {
      name: '502 that plays the request back, secrets and all',
      replies: playBack,
      ...passing(502),
    },
    { name: '503 without Retry-After', replies: always(status(503)), ...passing(503) },
    {
      name: '503 with Retry-After: 0',
      replies: always(status(503, { 'retry-after': '0' })),
      ...throttled(503),
    },
    { name: '503 with Retry-After, once', replies: once(status(503, { 'retry-after': '0' })), ...secondTry },
    { name: '504', replies: always(status(504)), ...passing(504) },
    { name: '429 in plain text', replies: always(answer(429, 'Too Many Requests')), ...throttled(429) },
  ],
  'How long to wait': [
    { name: '429, Retry-After in seconds', replies: once(retryAfter('0')), ...secondTry },
    { name: '429, in decimal seconds', replies: once(retryAfter('0.01')), ...secondTry },
    { name: '429, a date in the past', replies: once(retryAfter(httpDate(-60_000))), ...secondTry },
    {
      name: '429, a date in the future, too far',
      replies: always(retryAfter(new Date(Date.UTC(2999, 0)).toUTCString())),
      ...tooLongAWait(429, 'N s'),
    },
    { name: '429, retry-after-ms', replies: once(status(429, { 'retry-after-ms': '5' })), ...secondTry },
    {
      name: '429, x-ms-retry-after-ms',
      replies: once(status(429, { 'x-ms-retry-after-ms': '5' })),
      ...secondTry,
    },
    { name: '429, an hour', replies: always(retryAfter('3600')), ...tooLongAWait(429, '3600 s') },
    {
      name: '429, 10^20 seconds',
      replies: always(retryAfter('1' + '0'.repeat(20))),
      ...tooLongAWait(429, 'N s'),
    },
    { name: '429, a negative number: as if not said', replies: once(retryAfter('-1')), ...secondTry },
    { name: '429, no number and no date: as if not said', replies: once(retryAfter('soon')), ...secondTry },
    {
      name: '429, said twice: as if not said',
      replies: once(retryAfter('3600\r\nRetry-After: 3600')),
      ...secondTry,
    },
  ],
  'No connection': [
    { name: 'connection refused', place: 'closed port', replies: always(''), ...notSent },
    { name: 'DNS failure', place: 'unknown host', replies: always(''), ...notSent },
    { name: 'untrusted certificate', place: 'untrusted certificate', replies: always(''), ...notSent },
    {
      name: 'HTTP spoken where TLS is expected',
      place: 'plain HTTP',
      replies: always(''),
      ...notSent,
      overFetch: maybeSent,
    },
    {
      name: 'reset before the request, in the TLS handshake',
      place: 'reset in TLS',
      replies: always(''),
      ...notSent,
      overFetch: maybeSent,
    },
    {
      name: 'stalled connect: TLS never answers',
      place: 'no TLS',
      slow: true,
      replies: always(''),
      get: `0× NetworkError, timed out, not sent, ${GAVE_UP}`,
      post: `0× NetworkError, timed out, not sent, ${GAVE_UP}`,
      token: `0× NetworkError, timed out, not sent, ${GAVE_UP}`,
      overFetch: {
        get: `0× NetworkError, timed out, ${GAVE_UP}`,
        post: `0× NetworkError, timed out, ${UNKNOWN}`,
        token: `0× NetworkError, timed out, ${GAVE_UP}`,
      },
    },
  ],
  'The connection breaks': [
    { name: 'reset after the request', replies: always(thenReset('')), ...broken },
    {
      name: 'reset after the request, once',
      replies: once(thenReset('')),
      get: '2× ok',
      post: broken.post,
      token: '2× ok',
    },
    { name: 'closed after the request', replies: always(thenEnd('')), ...broken },
    {
      name: 'reset in the middle of the headers',
      replies: always(thenReset(raw(OK_HEAD, 'Content-Le'))),
      ...broken,
    },
    {
      name: 'reset in the middle of the body',
      replies: always(thenReset(raw(OK_HEAD, 'Content-Length: 100', '', '{"d":'))),
      ...broken,
    },
    {
      name: 'Content-Length too long',
      replies: ({ ok }) => [thenEnd(ok.replace(/content-length: \d+/, 'content-length: 1000'))],
      ...broken,
    },
    {
      name: 'Content-Length too short: the rest belongs to no answer',
      replies: ({ ok }) => [ok.replace(/content-length: \d+/, 'content-length: 3')],
      ...unreadable,
      post: '1× ProtocolError 201',
    },
    {
      name: 'a chunked body cut',
      replies: always(thenEnd(raw(OK_HEAD, 'Transfer-Encoding: chunked', '', '5', '{"d":', ''))),
      ...broken,
    },
    {
      name: 'two Content-Lengths that disagree',
      replies: always(raw(OK_HEAD, 'Content-Length: 2', 'Content-Length: 3', '', '{}')),
      ...broken,
    },
    {
      name: '100 Continue that was not asked for',
      replies: always('HTTP/1.1 100 Continue\r\n\r\n'),
      ...broken,
    },
    { name: 'no HTTP at all', replies: always('SSH-2.0-OpenSSH_9.0\r\n'), ...broken },
    {
      name: 'a header of 1 MB',
      replies: always(flood(`${OK_HEAD}\r\nX-Long: `, 'x'.repeat(65_536))),
      ...broken,
    },
    {
      name: 'headers without end',
      replies: always(flood(`${OK_HEAD}\r\n`, 'X-Many: x\r\n'.repeat(200))),
      ...broken,
    },
  ],
  'It takes too long': [
    { name: 'stalled before the headers', slow: true, replies: always(''), ...tooLate },
    {
      name: 'stalled in the body',
      slow: true,
      replies: always(raw(OK_HEAD, 'Content-Length: 100', '', '{"d":')),
      ...tooLate,
    },
    {
      name: 'a body that comes byte by byte',
      slow: true,
      replies: always(trickle(raw(OK_HEAD, 'Content-Length: 100000', '', '{"d":'))),
      ...tooLate,
    },
    {
      name: 'headers that come byte by byte',
      slow: true,
      replies: always(trickle(`${OK_HEAD}\r\nX-Slow: `)),
      ...tooLate,
    },
    {
      name: '103 Early Hints for ever',
      slow: true,
      replies: always(trickle('', 'HTTP/1.1 103 Early Hints\r\n\r\n')),
      ...tooLate,
    },
  ],
  'The answer cannot be used': [
    {
      name: '100 MB of JSON, declared',
      replies: always(flood(raw(OK_HEAD, 'Content-Length: 100000000', '', ''), ' '.repeat(65_536))),
      ...unreadable,
    },
    {
      name: 'JSON without end, undeclared',
      replies: always(
        flood(raw(OK_HEAD, 'Transfer-Encoding: chunked', '', ''), `10000\r\n${' '.repeat(65_536)}\r\n`),
      ),
      ...unreadable,
    },
    { name: 'a gzip bomb', replies: gzipBomb, ...unreadable },
    { name: 'invalid JSON', replies: always(json('{"d":')), ...unreadable },
    { name: 'HTML', replies: always(answer(200, '<html>Sign in</html>')), ...unreadable },
    {
      name: 'invalid UTF-8',
      replies: always(Buffer.from(raw(OK_HEAD, 'Content-Length: 9', '', '{"d":"\xff"}'), 'latin1')),
      ...unreadable,
    },
    {
      name: 'JSON with `__proto__`',
      replies: ({ ok }) => [
        json(ok.split('\r\n\r\n')[1]?.replace('{', '{"__proto__":{"polluted":true},') ?? ''),
      ],
      get: '1× ok',
      post: '1× ok',
      token: '1× ok',
    },
    {
      name: 'JSON 100 000 levels deep',
      replies: always(json('['.repeat(100_000) + ']'.repeat(100_000))),
      get: '1× ok',
      post: '1× ok',
      token: '1× ProtocolError 200',
    },
  ],
  Redirects: redirects,
};

import { NetworkError, type HttpResponse, type Transport } from '../src';
import { retryAfterMs } from '../src/http/retry';
import { sleep } from '../src/http/abort';
import { decideRetry, sendWithRetry, type Outcome } from '../src/http/retry';
import { rejection, request } from './helpers/values';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

function answered(status: number, headers: Record<string, string> = {}, body = ''): Outcome {
  return { response: { status, headers, body: Buffer.from(body) } };
}

function failed(maybeSent: boolean): Outcome {
  return { error: new NetworkError({ method: 'POST', url: 'https://h.example/', reason: 'x', maybeSent }) };
}

describe('Retry-After', () => {
  test.each<[Record<string, string>, number | undefined]>([
    [{}, undefined],
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': ' 0.25 ' }, 250],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': 'Fri, 02 Jan 2026 03:04:15 GMT' }, 10_000],
    [{ 'retry-after': 'Friday, 02-Jan-26 03:04:15 GMT' }, 10_000],
    [{ 'retry-after': 'Fri Jan  2 03:04:15 2026' }, 10_000],
    [{ 'retry-after': 'fri, 02 jan 2026 03:04:15 gmt' }, 10_000],
    [{ 'retry-after': 'May 5 GMT' }, undefined],
    [{ 'retry-after': 'Fri, 02 Jan 2026 03:04:04 GMT' }, 0],
    [{ 'retry-after': '99999999999' }, 99_999_999_999_000],
    [{ 'retry-after': '-5' }, undefined],
    [{ 'retry-after': '' }, undefined],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '1e3' }, undefined],
    [{ 'retry-after': '0x10' }, undefined],
    [{ 'retry-after': '3, 3' }, undefined],
    [{ 'retry-after': '2026' }, 2_026_000],
    [{ 'retry-after-ms': '120' }, 120],
    [{ 'x-ms-retry-after-ms': '30.5' }, 30.5],
    [{ 'retry-after-ms': '5', 'x-ms-retry-after-ms': '6', 'retry-after': '7' }, 5],
    [{ 'retry-after-ms': 'x', 'x-ms-retry-after-ms': '6', 'retry-after': '7' }, 6],
    [{ 'retry-after-ms': '-1', 'retry-after': '7' }, 7000],
  ])('%j is %j ms', (headers, expected) => {
    expect(retryAfterMs(headers, NOW)).toBe(expected);
  });
});

describe('is it worth repeating?', () => {
  const calm = { random: () => 1 };
  const decide = (outcome: Outcome, repeatable: boolean, retries = 0, remainingMs = 60_000) =>
    decideRetry(outcome, { repeatable, retries, remainingMs }, calm);

  test.each([200, 201, 301, 400, 401, 403, 404, 409, 412, 501, 505])('%d is an answer', (status) => {
    expect(decide(answered(status), true)).toEqual({ stop: '', outcomeUnknown: false });
  });

  test.each([408, 429, 500, 502, 503, 504])('%d is repeated when that does no harm', (status) => {
    expect(decide(answered(status), true)).toEqual({ delayMs: 500 });
  });

  test.each<[string, Outcome, boolean]>([
    ['429', answered(429), true],
    ['503 with Retry-After', answered(503, { 'retry-after': '0.5' }), true],
    ['503 of a busy storage', answered(503, { 'x-ms-error-code': 'ServerBusy' }), true],
    ['503 that says so', answered(503, {}, '<Message>The server is busy.</Message>'), true],
    ['not connected', failed(false), true],
    ['503 of a gateway', answered(503), false],
    ['500', answered(500), false],
    ['502', answered(502), false],
    ['504', answered(504), false],
    ['408', answered(408), false],
    ['reset after sending', failed(true), false],
  ])('what creates something, after %s', (_, outcome, again) => {
    const decision = decide(outcome, false);
    expect('delayMs' in decision).toBe(again);
    if ('stop' in decision) expect(decision.stop).toMatch(/may have been carried out/);
  });

  test('the back-off doubles up to its limit, and the jitter takes away half at most', () => {
    const delays = (random: number) =>
      [0, 1, 2, 3, 9].map((retries) =>
        decideRetry(
          failed(true),
          { repeatable: true, retries, remainingMs: Infinity },
          { maxRetries: 10, random: () => random },
        ),
      );
    expect(delays(1)).toEqual([500, 1000, 2000, 4000, 20_000].map((delayMs) => ({ delayMs })));
    expect(delays(0)).toEqual([250, 500, 1000, 2000, 10_000].map((delayMs) => ({ delayMs })));
  });

  test('Retry-After is obeyed in full, or not at all', () => {
    expect(decide(answered(429, { 'retry-after': '59' }), false)).toEqual({ delayMs: 59_000 });
    const decision = decide(answered(429, { 'retry-after': '60' }), false);
    expect(decision).toMatchObject({ stop: expect.stringContaining('wait 60 s') as string });
  });

  test('it ends after maxRetries, and when the time is used up', () => {
    expect(decide(failed(true), true, 3)).toMatchObject({ stop: 'gave up after 3 retries' });
    expect(decide(failed(true), true, 0, 400)).toMatchObject({
      stop: expect.stringContaining('time') as string,
    });
  });
});

describe('the loop', () => {
  const quick = { baseDelayMs: 1, random: () => 0 };
  const ok: HttpResponse = { status: 200, headers: {}, body: Buffer.alloc(0) };

  /** A transport that gives one outcome after the other. */
  function script(...outcomes: (HttpResponse | Error)[]): Transport & { sent: number } {
    const transport = Object.assign(
      () => {
        const outcome = outcomes[Math.min(transport.sent++, outcomes.length - 1)] ?? ok;
        return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
      },
      { sent: 0 },
    );
    return transport;
  }

  const lost = new NetworkError({
    method: 'GET',
    url: 'https://h.example/',
    reason: 'reset',
    maybeSent: true,
  });

  test('counts the tries and ends with the first good answer', async () => {
    const transport = script(lost, { ...ok, status: 503 }, ok);
    const { response, attempts } = await sendWithRetry(transport, request(), quick);
    expect([response.status, attempts, transport.sent]).toEqual([200, 3, 3]);
  });

  test('reports the number of attempts when no answer arrives', async () => {
    const error = await rejection(sendWithRetry(script(lost), request(), quick));
    expect(error).toMatchObject({ name: 'NetworkError', attempts: 4, reason: 'reset' });
    expect(error.message).toContain('after 4 attempts');
  });

  test('does not touch other errors', async () => {
    const bug = new RangeError('bug');
    const transport = script(bug);
    expect(await rejection(sendWithRetry(transport, request(), quick))).toBe(bug);
    expect(transport.sent).toBe(1);
  });

  test('an abort during the wait ends it immediately with its reason, and leaves no timer or listener', async () => {
    const controller = new AbortController();
    const removed = jest.spyOn(controller.signal, 'removeEventListener');
    const transport = script({ ...ok, status: 429, headers: { 'retry-after': '100' } });
    const waiting = rejection(sendWithRetry(transport, request({ signal: controller.signal })));
    await new Promise((resolve) => setImmediate(resolve));
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await waiting).toBe(reason);
    expect(transport.sent).toBe(1);
    await sleep(1, new AbortController().signal);
    await sleep(1, controller.signal).catch((error: unknown) => expect(error).toBe(reason));
    expect(removed).toHaveBeenCalledTimes(0);
  });

  test('the last try gets no more time than the budget leaves', async () => {
    const limits: (number | undefined)[] = [];
    const transport: Transport = ({ timeoutMs }) => {
      limits.push(timeoutMs);
      return Promise.reject(lost);
    };
    await rejection(sendWithRetry(transport, request(), { ...quick, totalTimeoutMs: 300, maxRetries: 1 }));
    expect(limits).toHaveLength(2);
    for (const limit of limits) expect(limit).toBeLessThanOrEqual(300);
  });
});

/** The trace in HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/), which browsers' developer tools open. */
import type { Har, Header } from 'har-format';
import { meaningOf } from './meaning';
import type { Recorded } from './recorder';

export function toHar(exchanges: readonly Recorded[]): Har {
  return {
    log: {
      version: '1.2',
      creator: { name: 'ams-rest test-client', version: '0.1.0' },
      entries: exchanges.map((one) => ({
        startedDateTime: one.startedAt.toISOString(),
        time: one.durationMs,
        request: {
          method: one.method,
          url: one.url,
          httpVersion: 'HTTP/1.1',
          cookies: [],
          headers: headers(one.request.headers),
          queryString: [...new URL(one.url).searchParams].map(([name, value]) => ({ name, value })),
          headersSize: -1,
          bodySize: one.request.bodyBytes,
          ...(one.request.body && {
            postData: { mimeType: one.request.headers['content-type'] ?? '', text: one.request.body },
          }),
        },
        response: {
          // HAR writes 0 where there was no answer.
          status: one.status ?? 0,
          statusText: '',
          httpVersion: 'HTTP/1.1',
          cookies: [],
          headers: headers(one.response?.headers ?? {}),
          content: {
            size: one.response?.bodyBytes ?? 0,
            mimeType: one.response?.headers['content-type'] ?? '',
            ...(one.response?.body && { text: one.response.body }),
            ...(one.response?.withheld && { comment: `not recorded: ${one.response.withheld}` }),
          },
          redirectURL: '',
          headersSize: -1,
          bodySize: one.response?.bodyBytes ?? -1,
          ...(one.failure && { comment: one.failure }),
        },
        cache: {},
        timings: { send: 0, wait: one.durationMs, receive: 0 },
        comment: `${one.step}: ${meaningOf(one).text}`,
      })),
    },
  };
}

function headers(values: Readonly<Record<string, string>>): Header[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

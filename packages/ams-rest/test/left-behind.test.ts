/** A long-lived signal is as light after many transfers as before: nothing of them stays on it. */
import { getEventListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { join } from 'node:path';
import {
  bytesSource,
  downloadRanges,
  downloadToFile,
  uploadBlob,
  uploadFolder,
  uploadStream,
} from '../src/storage';
import { answer, startServer, type ReceivedRequest } from './helpers/scripted-server';
import { closing } from './helpers/closing';
import { undiciTransport } from '../src';

/** What `AbortSignal.any` leaves on its sources, by the name that Node gives it (nodejs/node#55351). */
function dependants(signal: AbortSignal): number {
  const kept = Object.getOwnPropertySymbols(signal).filter(({ description }) =>
    /dependant/i.test(description ?? ''),
  );
  return kept.reduce((sum, symbol) => {
    const set = (signal as unknown as Record<symbol, { size?: number } | undefined>)[symbol];
    return sum + (set?.size ?? 0);
  }, 0);
}

// Node 24.21 leaves nothing.
const untilNode22 = /^2[0-2]\./.test(process.versions.node) ? test : test.skip;

untilNode22('the count sees what AbortSignal.any leaves', () => {
  const { signal } = new AbortController();
  const combined = AbortSignal.any([signal]);
  expect(dependants(signal)).toBe(1);
  expect(combined.aborted).toBe(false);
});

test('transfers leave nothing on the signal that they were given', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'left-behind-'));
  const blob = { etag: '"1"', 'content-range': 'bytes 0-3/4', 'last-modified': new Date(0).toUTCString() };
  const server = closing(
    await startServer(({ method }: ReceivedRequest) =>
      method === 'GET'
        ? answer(206, 'film', blob)
        : method === 'HEAD'
          ? answer(200, '', { ...blob, 'content-length': '4' })
          : answer(201, '', { etag: '"1"' }),
    ),
  );
  const transport = closing(undiciTransport());
  const { signal } = new AbortController();
  const url = `${server.origin}/c/b`;
  const bytes = Buffer.from('film');
  try {
    for (let index = 0; index < 3; index++) {
      await uploadBlob(transport, url, bytesSource(bytes), { signal, blockSizeBytes: 2 });
      await uploadStream(transport, url, Readable.from([bytes]), { signal, blockSizeBytes: 2 });
      await downloadToFile(transport, url, join(folder, 'film'), { signal });
      const properties = { etag: '"1"', sizeBytes: 4 };
      for await (const range of downloadRanges(transport, url, properties, { signal }))
        expect(range).toHaveLength(4);
      await uploadFolder(transport, `${server.origin}/c`, folder, { signal });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  expect(dependants(signal)).toBe(0);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

/** Sources of an upload: memory, a Blob, a stream. `file-source.ts` has files. */
import { orAborted } from '../http/abort';

/** Bytes of known size with random access: see `fileSource`, `blobSource`, `bytesSource`. */
export interface ByteSource {
  readonly size: number;
  /**
   * Returns exactly `length` bytes; rejects if there are fewer.
   *
   * @param memory Returns a buffer of at least `length` bytes, which is reused once these bytes are sent. A source whose
   *   bytes are in memory does not need it.
   */
  read(offset: number, length: number, memory?: () => Uint8Array): Promise<Uint8Array>;
}

/** A source over bytes in memory. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
  };
}

/** A source over a web Blob or File, which is not loaded into memory as a whole. */
export function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    async read(offset, length) {
      const bytes = new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
      if (bytes.length < length) throw new Error('the Blob became shorter while it was being read');
      return bytes;
    },
  };
}

/** The next part of a stream. */
export interface StreamPart {
  readonly index: number;
  readonly bytes: Uint8Array;
  /** True for the last part. */
  readonly last: boolean;
}

export interface StreamParts {
  /**
   * Fills `memory`, or less at the end of the stream; returns undefined after the last part. Calls are served in order.
   *
   * Rejects when `signal` aborts, even if the stream never yields another chunk.
   */
  next(memory: Uint8Array, signal?: AbortSignal): Promise<StreamPart | undefined>;
  /** Releases the stream, even before its end. */
  release(): void;
}

/**
 * Divides a stream of chunks into parts that fill the given buffers. An empty stream has one empty part.
 */
export function streamParts(stream: AsyncIterable<Uint8Array>): StreamParts {
  const iterator = stream[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  let ended = false;
  let index = 0;
  let turn: Promise<unknown> = Promise.resolve();

  /** Reads until `rest` has bytes or the stream ends. */
  async function pull(signal: AbortSignal | undefined): Promise<void> {
    while (rest.length === 0 && !ended) {
      const next = await orAborted(iterator.next(), signal);
      if (next.done) ended = true;
      else if (next.value instanceof Uint8Array) rest = next.value;
      else throw new TypeError('the stream must yield bytes (Uint8Array), not text or objects');
    }
  }

  async function fill(memory: Uint8Array, signal: AbortSignal | undefined): Promise<StreamPart | undefined> {
    if (ended && index > 0) return undefined;
    let length = 0;
    while (length < memory.length) {
      await pull(signal);
      if (rest.length === 0) break;
      const taken = rest.subarray(0, memory.length - length);
      memory.set(taken, length);
      length += taken.length;
      rest = rest.subarray(taken.length);
    }
    await pull(signal);
    return { index: index++, bytes: memory.subarray(0, length), last: ended };
  }

  return {
    next(memory, signal) {
      // After an error every later call rejects too, so that a broken stream does not look like a short one.
      const part = turn.then(() => fill(memory, signal));
      turn = part;
      return part;
    },
    release() {
      // Not awaited, as a stuck stream would never return. Its error has been reported.
      iterator.return?.().catch(() => undefined);
    },
  };
}

/**
 * Offset that aligns a block with a memory page.
 *
 * glibc's malloc returns large blocks 16 bytes after the start of a page, the slowest place for copies from the file cache:
 * on an AMD Zen 3, 8 MiB take 3.2 ms there, 1.1 ms at 32 bytes and 0.8 ms at 0. Without alignment an upload over http was
 * a third slower (`bench/storage`).
 */
const SKIPPED = 4096 - 16;

/** `length` uninitialized bytes. */
export function blockMemory(length: number): Buffer {
  return Buffer.allocUnsafeSlow(SKIPPED + length).subarray(SKIPPED);
}

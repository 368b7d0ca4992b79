/** Where the bytes of an upload come from: memory, a Blob, a stream. A file is in `file-source.ts`. */
import { orAborted } from '../abort';

/** Bytes of known number that can be read from any place: see `fileSource`, `blobSource`, `bytesSource`. */
export interface ByteSource {
  readonly size: number;
  /**
   * Exactly `length` bytes; rejects when there are fewer.
   *
   * @param memory Gives at least `length` bytes of memory to read into, used again once these bytes were sent. A
   *   source that has its bytes already need not ask for it.
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

/** A source over a Blob or File of the web platform; it stays on its disk, if it is on one. */
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
  /** Nothing comes after it. */
  readonly last: boolean;
}

export interface StreamParts {
  /** Fills `memory` as far as the stream goes; undefined after the last part. One call after the other. */
  next(memory: Uint8Array): Promise<StreamPart | undefined>;
  /** Lets go of the stream, which need not have ended. */
  release(): void;
}

/**
 * Cuts a stream of any chunks into parts that fill the memory given for them.
 *
 * An empty stream has one part, which is empty. Waiting for a chunk ends when `signal` aborts.
 */
export function streamParts(stream: AsyncIterable<Uint8Array>, signal?: AbortSignal): StreamParts {
  const iterator = stream[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  let ended = false;
  let index = 0;
  let turn: Promise<unknown> = Promise.resolve();

  /** Makes `rest` hold something, or finds the end. */
  async function pull(): Promise<void> {
    while (rest.length === 0 && !ended) {
      const next = await orAborted(iterator.next(), signal);
      if (next.done) ended = true;
      else if (next.value instanceof Uint8Array) rest = next.value;
      else throw new TypeError('the stream must be one of bytes (Uint8Array), not of text or objects');
    }
  }

  async function fill(memory: Uint8Array): Promise<StreamPart | undefined> {
    if (ended && index > 0) return undefined;
    let length = 0;
    while (length < memory.length) {
      await pull();
      if (rest.length === 0) break;
      const taken = rest.subarray(0, memory.length - length);
      memory.set(taken, length);
      length += taken.length;
      rest = rest.subarray(taken.length);
    }
    await pull();
    return { index: index++, bytes: memory.subarray(0, length), last: ended };
  }

  return {
    next(memory) {
      // After an error everybody in turn gets it, or a broken stream could pass for a short one.
      const part = turn.then(() => fill(memory));
      turn = part;
      return part;
    },
    release() {
      // Not waited for: a stream that is stuck would never answer, and its own error has been reported.
      iterator.return?.().catch(() => undefined);
    },
  };
}

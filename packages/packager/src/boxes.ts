/** Reading and writing ISO base media file format boxes (ISO/IEC 14496-12, 4.2). */
import { MediaError } from './media-file';

/** A box in a buffer: `body` and `end` are positions in that buffer. */
export interface Box {
  readonly type: string;
  readonly start: number;
  readonly body: number;
  readonly end: number;
}

const damaged = (what: string): MediaError => new MediaError(`is damaged: ${what}`);

/** The header of a box, undefined if its bytes cannot be one. `limit` is where the enclosing box or file ends. */
export function readHeader(view: DataView, at: number, start: number, limit: number): Box | undefined {
  if (at + 8 > view.byteLength) return undefined;
  const type = fourcc(view, at + 4);
  if (!/^[\x20-\x7e\xa9]{4}$/.test(type)) return undefined;
  const short = view.getUint32(at);
  if (short === 1 && at + 16 > view.byteLength) return undefined;
  const headerSize = short === 1 ? 16 : 8;
  const size = short === 0 ? limit - start : short === 1 ? Number(view.getBigUint64(at + 8)) : short;
  return size < headerSize ? undefined : { type, start, body: start + headerSize, end: start + size };
}

/** The boxes between two positions of a buffer. Throws MediaError when they do not fit there. */
export function boxesIn(view: DataView, from: number, to: number): Box[] {
  const boxes: Box[] = [];
  // Fewer than 8 bytes at the end are padding: QuickTime ends some containers with a 32-bit zero.
  for (let at = from; at + 8 <= to;) {
    const box = readHeader(view, at, at, to);
    if (box === undefined || box.end > to) throw damaged(`no valid box at byte ${at} of its moov`);
    boxes.push(box);
    at = box.end;
  }
  return boxes;
}

/** The first box at a path of types below a box; undefined if there is none. */
export function findBox(view: DataView, parent: Box, ...path: readonly string[]): Box | undefined {
  let box: Box | undefined = parent;
  for (const type of path) {
    box = boxesIn(view, box.body, box.end).find((child) => child.type === type);
    if (box === undefined) return undefined;
  }
  return box;
}

/** Like `findBox`; throws MediaError if there is none. */
export function needBox(view: DataView, parent: Box, ...path: readonly string[]): Box {
  const box = findBox(view, parent, ...path);
  if (box === undefined) throw damaged(`its ${parent.type} has no ${path.join('/')}`);
  return box;
}

export function fourcc(view: DataView, at: number): string {
  return String.fromCharCode(
    view.getUint8(at),
    view.getUint8(at + 1),
    view.getUint8(at + 2),
    view.getUint8(at + 3),
  );
}

/**
 * The rows of a table box: `columns` 32-bit numbers each, after version, flags and the number of rows. Throws
 * MediaError when the box is too short for its rows, so a table never takes more memory than its bytes in the file.
 */
export function table(view: DataView, box: Box, columns: number): { count: number; at(row: number): number } {
  const count = box.body + 8 <= box.end ? view.getUint32(box.body + 4) : Number.NaN;
  const rows = box.body + 8;
  if (!(rows + count * columns * 4 <= box.end)) throw damaged(`its ${box.type} is too short`);
  return { count, at: (row) => rows + row * columns * 4 };
}

type Part = Uint8Array | number[] | string;

/** A box with its parts one after the other; a text is Latin-1. */
export function box(type: string, ...parts: readonly Part[]): Uint8Array {
  const body = concat(parts);
  return concat([u32(body.length + 8), type, body]);
}

export function fullBox(type: string, version: number, flags: number, ...parts: readonly Part[]): Uint8Array {
  return box(type, u32(version * 2 ** 24 + flags), ...parts);
}

export function concat(parts: readonly Part[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) =>
      typeof part === 'string'
        ? Buffer.from(part, 'latin1')
        : part instanceof Uint8Array
          ? part
          : Uint8Array.from(part),
    ),
  );
}

export const u16 = (value: number): number[] => [(value >>> 8) & 255, value & 255];
export const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value)];
export const u64 = (value: number): number[] => [...u32(Math.floor(value / 2 ** 32)), ...u32(value >>> 0)];
export const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);

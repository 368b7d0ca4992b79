/** Reads `.env`, also as Windows PowerShell 5.1 writes it with `>`: UTF-16 with a byte order mark. */
import { parse } from 'dotenv';
import { readFileSync } from 'node:fs';
import { UsageError } from './errors';

/** @throws UsageError when the file is there but cannot be read, or is not text. */
export function readDotenv(path: string): Record<string, string> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT') return {};
    throw new UsageError(`The file ${path} cannot be read (${code}).`);
  }
  const text = new TextDecoder(encodingOf(bytes)).decode(bytes);
  if (text.includes('\0')) throw new UsageError(`The file ${path} is not text in UTF-8. Save it as UTF-8.`);
  return parse(text);
}

function encodingOf(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}

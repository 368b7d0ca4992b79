/** What commands print: a result, for people or as JSON, and lines beside it. */
import { once, type EventEmitter } from 'node:events';
import type { GlobalOptions, World } from '../context';
import { fitLines } from './layout';
import { visible, visibleJson } from './visible';

/** The result of a command: one JSON document for programs, or text for people. */
export function tell(options: GlobalOptions, world: World, document: unknown, text: string): void {
  world.stdout.write(`${options.json ? visibleJson(document, 2) : visible(text)}\n`);
}

/** One JSON object a line; waits for the reader, so that memory does not grow with the list. */
export async function tellLine({ stdout, signal }: World, value: unknown): Promise<void> {
  signal.throwIfAborted();
  const goesOn = stdout.write(`${visibleJson(value)}\n`);
  if (goesOn === false) await once(stdout as unknown as EventEmitter, 'drain', { signal });
}

/** A message on stderr, even when quiet. */
export function warn({ stderr, command }: Pick<World, 'stderr' | 'command'>, text: string): void {
  stderr.write(`${fitLines(visible(text), stderr, command)}\n`);
}

/** A message on stderr for people: beside the data, not part of it. */
export function note(options: GlobalOptions, world: World, text: string): void {
  if (!options.quiet) warn(world, text);
}

/** An argument of a command that is suggested, in quotes where a shell needs them. */
export function shellWord(text: string): string {
  if (!/[^\w./\\:@%+=,-]/.test(text)) return text;
  return /["$`!\\]/.test(text) ? `'${text.replaceAll("'", `'\\''`)}'` : `"${text}"`;
}

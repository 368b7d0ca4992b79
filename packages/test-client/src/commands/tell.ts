/** The result of a command: one JSON document for programs, or a few words for people. */
import type { GlobalOptions, World } from '../context';

export function tell(options: GlobalOptions, world: World, document: object, words: string): void {
  world.stdout.write(`${options.json ? JSON.stringify(document, null, 2) : words}\n`);
}

/** Text from a service, a file or an argument as it may be sent to a terminal: control characters are shown. */
import { UnusableAnswer } from '../errors';

/** Controls (ESC, CSI, BEL, …), half surrogates, line separators, and marks that change the direction of text. */
const UNSAFE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A text of several lines; line ends stay. */
export function visible(text: string): string {
  return text.replace(UNSAFE, (char) => (char === '\n' ? char : escaped(char)));
}

/** A name or value within a line. */
export function visibleInLine(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/** A value as JSON that is safe on a terminal, and the same to a parser: JSON itself escapes U+0000 to U+001F only. */
export function visibleJson(value: unknown, indent?: number): string {
  try {
    return visible(JSON.stringify(value, null, indent));
  } catch (error) {
    // JSON.parse reads deeper nesting than JSON.stringify writes.
    if (error instanceof RangeError)
      throw new UnusableAnswer('The answer is nested too deeply to be printed.');
    throw error;
  }
}

// Far more than clients send: larger or deeper JSON is an attack.
const longest = 1024 * 1024;
const deepest = 64;

/** The value of a JSON text; undefined if it is malformed, longer than 1 MiB or nested deeper than 64 levels. */
export function parseJson(text: string): unknown {
  if (text.length > longest) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isShallow(value, deepest) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((each) => isShallow(each, levels - 1));
}

/** Whether a parsed value is a JSON object. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

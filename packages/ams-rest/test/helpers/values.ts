/** Small stand-ins and looks at values, shared by the tests. */
import { inspect } from 'node:util';
import type { AccessToken, GetTokenOptions, HttpRequest, TokenCredential } from '../../src';

/** What a promise was rejected with; fails when it was fulfilled. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    // Not `instanceof`: the platform's DOMException is not an instance of jest's Error.
    if (typeof error === 'object' && error !== null && 'message' in error) return error as Error;
    throw new Error(`rejected with something that is no Error: ${String(error)}`, { cause: error });
  }
  throw new Error('was fulfilled');
}

/** A credential that hands out the given tokens: the first until it is refused, then the next, and so on. */
export function listCredential(...tokens: string[]): TokenCredential & { readonly asked: GetTokenOptions[] } {
  let index = 0;
  const asked: GetTokenOptions[] = [];
  return {
    asked,
    getToken(_scopes, options = {}) {
      asked.push(options);
      if (options.refusedToken === tokens[index]) index = Math.min(index + 1, tokens.length - 1);
      const token = tokens[index] ?? '';
      return Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 } satisfies AccessToken);
    },
  };
}

/** Every way in which an object is usually printed, in one text. */
export function everyPrint(value: unknown, seen = new Set<unknown>()): string {
  seen.add(value);
  // Not `instanceof`: the platform's errors are not instances of jest's Error.
  const { message, stack, cause } = Object(value) as Partial<Error>;
  const isError = typeof message === 'string' && typeof stack === 'string';
  return [
    inspect(value, { depth: Infinity, showHidden: false }),
    inspect(value, { depth: Infinity, showHidden: true }),
    json(value),
    String(value),
    json({ ...(value as object) }),
    ...(isError ? [message, stack] : []),
    ...(isError && cause !== undefined && !seen.has(cause) ? [everyPrint(cause, seen)] : []),
  ].join('\n');
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return ''; // Errors may point at each other; `inspect` shows them all the same.
  }
}

export function request(overrides: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: 'GET',
    url: 'https://host.example/api/Assets',
    headers: {},
    timeoutMs: 5_000,
    maxResponseBytes: 1_000_000,
    ...overrides,
  };
}

// Two kinds of limit: `timeoutMs` is for each try, a signal is for all of it, waits and retries included.
import type { AmsClient } from 'ams-rest';

/** The names, or undefined when it took longer than that. */
export async function assetNames(
  ams: AmsClient,
  withinMs: number,
  stop?: AbortSignal,
): Promise<string[] | undefined> {
  const limit = AbortSignal.timeout(withinMs);
  const signal = stop ? AbortSignal.any([limit, stop]) : limit;
  const names: string[] = [];
  try {
    for await (const { Name } of ams.list<{ Name: string }>('Assets', { signal })) names.push(Name);
    return names;
  } catch (error) {
    if (error === limit.reason) return undefined; // the very object that the signal has as its reason
    throw error;
  }
}

// Two kinds of limit: `timeoutMs` for each attempt, a signal for the whole call, including waits and retries.
import type { AmsClient } from 'ams-rest';

/** The names of all assets, or undefined if that takes longer than `withinMs`. */
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
    if (error === limit.reason) return undefined; // a call that is aborted rejects with the reason of its signal
    throw error;
  }
}

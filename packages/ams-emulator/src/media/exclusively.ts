import type { Account } from '../account';

const queues = new WeakMap<Account, Promise<unknown>>();

/**
 * Serializes the changes of an account, because rules check before they write (at most five locators, unique names, the
 * container's policy list).
 */
export function exclusively<T>(account: Account, change: () => T | Promise<T>): Promise<T> {
  const previous = queues.get(account) ?? Promise.resolve();
  const result = previous.then(change);
  // The next change waits for success or failure; only this caller sees the failure.
  queues.set(
    account,
    result.then(
      () => undefined,
      () => undefined,
    ),
  );
  return result;
}

import type { Account } from '../account';

const queues = new WeakMap<Account, Promise<unknown>>();

/**
 * Runs changes of one account one after another, so that a rule which looks before it writes (five locators, unique
 * names, the container's whole policy list) cannot be overtaken.
 */
export function exclusively<T>(account: Account, change: () => T | Promise<T>): Promise<T> {
  const previous = queues.get(account) ?? Promise.resolve();
  const result = previous.then(change);
  // The next one waits for the end, good or bad; the failure belongs to this caller alone.
  queues.set(
    account,
    result.then(
      () => undefined,
      () => undefined,
    ),
  );
  return result;
}

import type { Account } from './account';
import { exclusively } from './media/exclusively';
import { entitySets, keyOf } from './model';
import { containerOf, uploadContainerOf } from './rules/containers';
import { abortJobs } from './rules/running-jobs';
import { fillAccount } from './seed';

/** Resets an account to its initial state: the entities that every account has, and no blobs. */
export function resetAccount(account: Account): Promise<void> {
  return exclusively(account, async () => {
    await abortJobs(account);
    const containers = [
      ...account.store.rows('Assets').map(containerOf),
      ...account.store.rows('IngestManifests').map(uploadContainerOf),
    ];
    for (const container of containers) await account.storage.deleteContainer(container);
    for (const set of entitySets) {
      for (const row of [...account.store.rows(set.name)]) account.store.remove(set.name, keyOf(set, row));
    }
    account.openJobs.clear();
    fillAccount(account);
  });
}

import type { Account } from '../account';
import type { Services } from '../router';
import type { Azurite } from '../storage/azurite';
import type { StorageKey } from '../storage/shared-key';
import { readSubscription, writeSubscription } from './kept';
import { createArmState, type ArmState, type ArmDependencies } from './state';

/** The parts of a starting emulator that Resource Manager works with. */
export interface ArmSetup {
  readonly services: Omit<Services, 'arm'>;
  readonly azurite: Azurite;
  /** The list shared with all other parts. */
  readonly accounts: Account[];
  /** The storage accounts of `accounts`, in the same order; the account signs with the key that is in there. */
  readonly storage: readonly StorageKey[];
  readonly newGuid: () => string;
  readonly operationDurationMs: number;
  /** Folder in which the subscription survives a restart. */
  readonly data: string | undefined;
  /** Starts a Media Services account beside the first ones. */
  readonly open: (account: { name: string; id: string; key: string; storage: StorageKey }) => Account;
}

/** Opens Resource Manager with the first accounts. */
export function openArm(setup: ArmSetup): {
  readonly dependencies: ArmDependencies;
  readonly state: ArmState;
} {
  const { services, azurite, accounts, newGuid, operationDurationMs, data } = setup;
  const { url, directory, clock } = services;
  const dependencies: ArmDependencies = {
    url,
    storageUrl: azurite.url,
    directory,
    clock,
    newGuid,
    operationDurationMs,
    setStorageKeys: (name, keys) => azurite.setKeys(name, keys),
    openMediaAccount(parts) {
      const account = setup.open(parts);
      accounts.push(account);
      return account;
    },
    closeMediaAccount(account) {
      accounts.splice(accounts.indexOf(account), 1);
      account.discard();
    },
    keep(state) {
      if (data !== undefined) writeSubscription(data, state);
    },
  };
  const first = setup.storage.flatMap((access, index) => {
    const account = accounts[index];
    return account === undefined ? [] : [{ account, access }];
  });
  const state = createArmState(dependencies, first, readSubscription(data));
  dependencies.keep(state);
  return { dependencies, state };
}

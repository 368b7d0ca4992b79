import type { Account } from '../account';
import type { Services } from '../router';
import type { Azurite } from '../storage/azurite';
import type { StorageKey } from '../storage/shared-key';
import { createArmState, newKey, type ArmState, type Premises } from './state';

/** The parts of a starting emulator that Resource Manager works with. */
export interface House {
  readonly services: Omit<Services, 'arm'>;
  readonly azurite: Azurite;
  /** The list that all others look at too. */
  readonly accounts: Account[];
  /** The storage accounts of `accounts`, in the same order; the account signs with the key that is in there. */
  readonly storage: readonly StorageKey[];
  readonly newGuid: () => string;
  readonly operationDurationMs: number;
  /** Starts a Media Services account that is forgotten when the emulator ends. */
  readonly open: (account: { name: string; id: string; key: string; storage: StorageKey }) => Account;
}

/** Resource Manager in a house with its first accounts. */
export function openArm(house: House): { readonly premises: Premises; readonly state: ArmState } {
  const { services, azurite, accounts, newGuid, operationDurationMs } = house;
  const { url, directory, clock } = services;
  const premises: Premises = {
    url,
    storageUrl: azurite.url,
    directory,
    clock,
    newGuid,
    operationDurationMs,
    setStorageKeys: (name, keys) => azurite.setKeys(name, keys),
    openMediaAccount(name, storage) {
      const account = house.open({ name, id: newGuid(), key: newKey(32), storage });
      accounts.push(account);
      return account;
    },
    closeMediaAccount(account) {
      accounts.splice(accounts.indexOf(account), 1);
      account.storage.close();
    },
  };
  const first = house.storage.flatMap((access, index) => {
    const account = accounts[index];
    return account === undefined ? [] : [{ account, access }];
  });
  return { premises, state: createArmState(premises, first) };
}

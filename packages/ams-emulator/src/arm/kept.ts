import { join } from 'node:path';
import { readJsonFile, writeJsonFile } from '../data/json-file';
import type { ArmState, KeptSubscription } from './state';

const fileName = 'subscription.json';

/** The subscription stored in `folder`; undefined at the first start or without a folder. */
export function readSubscription(folder: string | undefined): KeptSubscription | undefined {
  return folder === undefined
    ? undefined
    : (readJsonFile(join(folder, fileName)) as KeptSubscription | undefined);
}

export function writeSubscription(folder: string, state: ArmState): void {
  const media = Array.from(state.media.values(), ({ account, ...rest }) => ({
    ...rest,
    accountId: account.id,
    accountKey: account.key,
  }));
  const kept: KeptSubscription = {
    providers: [...state.providers],
    groups: [...state.groups.values()],
    storage: [...state.storage.values()],
    media,
    roles: [...state.roles.values()],
  };
  writeJsonFile(join(folder, fileName), kept);
}

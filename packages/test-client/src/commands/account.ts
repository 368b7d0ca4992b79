/** Media Services accounts by Resource Manager: `account create`, `account list`, `account delete`. */
import {
  deleteMediaAccount,
  getMediaAccount,
  listMediaAccounts,
  listSubscriptionMediaAccounts,
  type MediaAccount,
} from 'ams-rest/resource-manager';
import type { GlobalOptions, World } from '../context';
import { UsageError } from '../errors';
import { layOutTable } from '../output/layout';
import { withSession, type SessionOptions } from '../session';
import { armClient, createAccount, newAccountNamed } from '../story/create-account';
import type { Stage } from '../story/stage';
import { note, tell, tellLine } from '../output/print';

export interface AccountOptions extends GlobalOptions {
  readonly storage?: string;
  readonly location: string;
  readonly principal?: string;
}

const SESSION: SessionOptions = { story: true, needs: 'a resource group', keep: 'on success' };

export async function accountCreate(
  name: string | undefined,
  options: AccountOptions,
  world: World,
): Promise<undefined> {
  await withSession(options, world, SESSION, async (stage) => {
    const account = newAccountNamed(stage.settings.resourceGroup, name);
    const created = await createAccount(stage, {
      ...account,
      location: options.location,
      ...(options.storage && { storageName: options.storage }),
      ...(options.principal && { principalId: options.principal }),
    });
    tell(options, world, { ...created, name: account.name }, `AMS_ENDPOINT=${created.endpoint}`);
  });
}

export async function accountList(options: GlobalOptions, world: World): Promise<undefined> {
  await withSession(options, world, { needs: 'the subscription' }, async (stage) => {
    const rows: string[][] = [];
    let count = 0;
    for await (const account of accountsOf(stage)) {
      const { name, location, properties } = account;
      const endpoint = properties.apiEndpoints[0]?.endpoint ?? '';
      count++;
      if (options.json) await tellLine(world, { name, location, endpoint });
      else rows.push([name, location, endpoint]);
    }
    if (rows.length > 0)
      world.stdout.write(
        `${layOutTable(['Name', 'Location', 'REST API endpoint'], rows, { width: world.stdout.columns })}\n`,
      );
    if (!options.json) note(options, world, `${count} found`);
  });
}

/** Of the resource group if one is set, else of the subscription, whose own list has no endpoints. */
async function* accountsOf(stage: Stage): AsyncGenerator<MediaAccount, void> {
  const { signal, settings } = stage;
  const { subscriptionId, resourceGroup } = settings;
  const arm = armClient(stage);
  if (resourceGroup !== '') {
    yield* listMediaAccounts(arm, settings, { signal });
    return;
  }
  for await (const { id, name } of listSubscriptionMediaAccounts(arm, subscriptionId, { signal })) {
    const [, group = ''] = /\/resourceGroups\/([^/]+)/i.exec(id) ?? [];
    yield await getMediaAccount(arm, { subscriptionId, resourceGroup: group, name }, { signal });
  }
}

/** The storage account, and the blobs in it, stay. */
export async function accountDelete(name: string, options: GlobalOptions, world: World): Promise<undefined> {
  await withSession(options, world, SESSION, async (stage) => {
    const { report, settings, signal } = stage;
    const existed = await report.step(`Delete the Media Services account ${name}`, () =>
      deleteMediaAccount(armClient(stage), { ...settings, name }, { signal }),
    );
    if (!existed)
      throw new UsageError(`There is no account ${name} in resource group ${settings.resourceGroup}.`);
    tell(options, world, { deleted: name }, `Deleted ${name}; its storage account is still there.`);
  });
}

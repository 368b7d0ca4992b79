/** Media Services accounts by Resource Manager: `account create`, `account list`, `account delete`. */
import { deleteMediaAccount, listMediaAccounts } from 'ams-rest';
import type { GlobalOptions, World } from '../context';
import { layOutTable } from '../output/layout';
import { withSession, type SessionOptions } from '../session';
import { UsageError } from '../settings';
import { armClient, createAccount, newAccountNamed } from '../story/create-account';
import { tell } from './tell';

export interface AccountOptions extends GlobalOptions {
  readonly storage?: string;
  readonly location: string;
  readonly principal?: string;
}

const SESSION: SessionOptions = { story: true, needs: 'Resource Manager', keep: 'on success' };

export async function accountCreate(
  name: string | undefined,
  options: AccountOptions,
  world: World,
): Promise<void> {
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

export async function accountList(options: GlobalOptions, world: World): Promise<void> {
  await withSession(options, world, { needs: 'Resource Manager' }, async (stage) => {
    const { signal, settings } = stage;
    const rows: string[][] = [];
    for await (const { name, location, properties } of listMediaAccounts(armClient(stage), settings, {
      signal,
    })) {
      const endpoint = properties.apiEndpoints[0]?.endpoint ?? '';
      if (options.json) world.stdout.write(`${JSON.stringify({ name, location, endpoint })}\n`);
      else rows.push([name, location, endpoint]);
    }
    if (rows.length > 0)
      world.stdout.write(
        `${layOutTable(['Name', 'Location', 'REST API endpoint'], rows, world.stdout.columns)}\n`,
      );
    if (!options.json && !options.quiet) world.stderr.write(`${rows.length} found\n`);
  });
}

/** The storage account, and the blobs in it, stay. */
export async function accountDelete(name: string, options: GlobalOptions, world: World): Promise<void> {
  await withSession(options, world, SESSION, async (stage) => {
    const { report, settings, signal } = stage;
    const wasThere = await report.step(`Delete the Media Services account ${name}`, () =>
      deleteMediaAccount(armClient(stage), { ...settings, name }, { signal }),
    );
    if (!wasThere)
      throw new UsageError(`There is no account ${name} in resource group ${settings.resourceGroup}.`);
    tell(options, world, { deleted: name }, `Deleted ${name}; its storage account is still there.`);
  });
}

import type { Account } from '../account';
import { badRequest, conflict, ServiceError } from '../media/errors';
import { count, guidOf, linked, text } from '../media/rows';
import type { SetRules } from '../media/set-rules';
import { isoDate } from '../media/serialize';
import type { Row } from '../model';
import type { StoredPolicy } from '../storage/blob-storage';
import { containerOf } from './containers';

/** Values of Locator.Type. */
export const locatorType = { sas: 1, onDemandOrigin: 2 } as const;

const permission = { read: 1, write: 2, delete: 4, list: 8 } as const;

// A container has at most five stored access policies.
const locatorsPerAsset = 5;

/** AccessPolicy: the service answered 500, not 400, when the duration was missing. */
export const accessPolicyRules: SetRules = {
  create(_account, row) {
    const duration = row['DurationInMinutes'];
    if (typeof duration !== 'number') {
      throw new ServiceError(500, 'An error occurred while processing this request.');
    }
    if (duration <= 0) throw badRequest("The value of the property 'DurationInMinutes' is not valid.");
    const permissions = count(row, 'Permissions');
    if (permissions < 0 || permissions > 15) {
      throw badRequest("The value of the property 'Permissions' is not valid.");
    }
    return { row };
  },
};

export const locatorRules: SetRules = {
  async create(account, row, { raw }) {
    const policy = linked(account, 'AccessPolicies', text(row, 'AccessPolicyId'));
    const asset = linked(account, 'Assets', text(row, 'AssetId'));
    const siblings = locatorsOf(account, text(asset, 'Id'));
    if (siblings.length >= locatorsPerAsset) {
      throw conflict(`An asset cannot have more than ${locatorsPerAsset} locators at one time.`);
    }
    const start = row['StartTime'] ?? null;
    const from = typeof start === 'number' ? start : account.clock.now();
    const expiry = from + count(policy, 'DurationInMinutes') * 60_000;
    if (expiry > Date.UTC(9999, 11, 31))
      throw badRequest('The locator would expire after the last possible date.');
    const sent = raw['StartTime'];
    const locator: Row = {
      ...row,
      AccessPolicyId: text(policy, 'Id'),
      AssetId: text(asset, 'Id'),
      ExpirationDateTime: expiry,
      _permissions: count(policy, 'Permissions'),
      ...(typeof sent === 'string' ? formOfDate(sent) : {}),
    };
    if (row['Type'] === locatorType.sas) return { row: await createSas(account, asset, locator) };
    if (row['Type'] === locatorType.onDemandOrigin) return { row: createOrigin(account, locator) };
    throw badRequest("The value of the property 'Type' is not valid.");
  },
  update(account, row, changes) {
    if (row['Type'] === locatorType.sas) throw badRequest('A SAS locator cannot be updated.');
    if (!('StartTime' in changes) || 'ExpirationDateTime' in changes) return { row: changes };
    const policy = linked(account, 'AccessPolicies', text(row, 'AccessPolicyId'));
    const start = changes['StartTime'];
    const from = typeof start === 'number' ? start : account.clock.now();
    return { row: { ...changes, ExpirationDateTime: from + count(policy, 'DurationInMinutes') * 60_000 } };
  },
  async remove(account, row) {
    await removeLocator(account, row);
    return {};
  },
};

/** What the answer to the creation repeats of the date sent: whether it has a zone, and digits beyond milliseconds. */
function formOfDate(sent: string): Row {
  const digits = /\.\d{3}(\d{1,4})/.exec(sent)?.[1];
  return {
    _zoned: /(Z|[+-]\d\d:?\d\d|\))\/?$/i.test(sent),
    ...(digits === undefined ? {} : { _ticks: Number(digits.padEnd(4, '0')) }),
  };
}

function locatorsOf(account: Account, assetId: string): readonly Row[] {
  return account.store.related('Locators', 'AssetId', assetId);
}

/** Times in the SAS are whole seconds, as in the service; the stored policy decides. */
function sasDate(time: number): string {
  return `${isoDate(Math.floor(time / 1000) * 1000)}Z`;
}

async function createSas(account: Account, asset: Row, locator: Row): Promise<Row> {
  const container = containerOf(asset);
  const start = locator['StartTime'];
  const access = account.storage.sasQuery({
    container,
    policy: guidOf(text(locator, 'Id')),
    start: typeof start === 'number' ? sasDate(start) : undefined,
    expiry: sasDate(count(locator, 'ExpirationDateTime')),
  });
  const base = `${account.storage.endpoint}/${container}`;
  if (!(await writePolicies(account, asset, [...locatorsOf(account, text(asset, 'Id')), locator]))) {
    throw conflict("The asset's container does not exist.");
  }
  return { ...locator, Path: base + access, BaseUri: base, ContentAccessComponent: access };
}

function createOrigin(account: Account, locator: Row): Row {
  if ((count(locator, '_permissions') & (permission.write | permission.delete)) !== 0) {
    throw badRequest('An OnDemandOrigin locator needs an access policy without write and delete permission.');
  }
  const guid = guidOf(text(locator, 'Id'));
  return { ...locator, Path: `${account.url}/${guid}/`, BaseUri: account.url, ContentAccessComponent: guid };
}

/** Revokes the locator's rights immediately; the caller removes the row. */
export async function removeLocator(account: Account, locator: Row): Promise<void> {
  if (locator['Type'] !== locatorType.sas) return;
  const asset = account.store.get('Assets', text(locator, 'AssetId'));
  if (asset === undefined) return;
  const others = locatorsOf(account, text(asset, 'Id')).filter((row) => row['Id'] !== locator['Id']);
  await writePolicies(account, asset, others);
}

/** Sets the container's stored access policies to those of the given locators; false without a container. */
function writePolicies(account: Account, asset: Row, locators: readonly Row[]): Promise<boolean> {
  const sas = locators.filter((row) => row['Type'] === locatorType.sas);
  return account.storage.setPolicies(
    containerOf(asset),
    sas.map((row) => storedPolicy(account, row)),
  );
}

/** Azurite knows real time only, so times are moved by what the emulator's clock is ahead. */
function storedPolicy(account: Account, locator: Row): StoredPolicy {
  const ahead = account.clock.now() - Date.now();
  const permissions = count(locator, '_permissions');
  const start = locator['StartTime'];
  // A locator without StartTime is valid immediately; a day exceeds any clock difference.
  const from = typeof start === 'number' ? start - ahead : Date.now() - 86_400_000;
  return {
    id: guidOf(text(locator, 'Id')),
    start: from,
    expiry: count(locator, 'ExpirationDateTime') - ahead,
    permission:
      ((permissions & permission.read) === 0 ? '' : 'r') +
      ((permissions & permission.write) === 0 ? '' : 'w') +
      ((permissions & permission.delete) === 0 ? '' : 'd') +
      ((permissions & permission.list) === 0 ? '' : 'l'),
  };
}

/** The locator of that guid that is valid now by the emulator's clock. */
export function validLocator(account: Account, guid: string, type: number): Row | undefined {
  const locator = account.store.get('Locators', `nb:lid:UUID:${guid}`);
  if (locator?.['Type'] !== type) return undefined;
  const now = account.clock.now();
  return count(locator, 'StartTime') <= now && now < count(locator, 'ExpirationDateTime')
    ? locator
    : undefined;
}

import type { Account } from '../account';
import { encryptFor } from '../data/protection';
import { parseJson } from '../json';
import { badRequest, conflict, notFound } from '../media/errors';
import { count, guidOf, keys, linked, text } from '../media/rows';
import type { LinkRule, SetRules } from '../media/set-rules';
import { isObject } from '../media/values';
import type { Row, Value } from '../model';

/** Values of ContentKey.ContentKeyType that rules look at. */
const storageEncryption = 1;
/** Values of Asset.Options. */
const storageEncrypted = 1;
const fairPlay = 4;

export const contentKeyRules: SetRules = {
  async create(account, row) {
    const protection = await account.protectionKey();
    const isOurs = text(row, 'ProtectionKeyId').toUpperCase() === protection.thumbprint;
    // A key under another certificate may come from an account that was moved here; it is kept as it is.
    if (isOurs && protection.decrypt(text(row, 'EncryptedContentKey')) === undefined) {
      throw badRequest("The value of the property 'EncryptedContentKey' is not valid.");
    }
    checkPolicy(account, row);
    return { row };
  },
  update(account, _row, changes) {
    checkPolicy(account, changes);
    return { row: changes };
  },
  remove(account, row) {
    for (const asset of account.store.rows('Assets')) {
      const contentKeys = keys(asset, '_contentKeys');
      if (!contentKeys.includes(text(row, 'Id'))) continue;
      const left = contentKeys.filter((key) => key !== row['Id']);
      account.store.update('Assets', text(asset, 'Id'), { _contentKeys: left });
    }
    return {};
  },
  actions: {
    GetKeyDeliveryUrl(account, row, parameters) {
      const type = Number(parameters['keyDeliveryType']);
      // Only the URL is emulated; nothing delivers keys.
      const base = `https://${account.name}.keydelivery.mediaservices.windows.net/`;
      if (type === 1) return { result: { type: 'Edm.String', value: `${base}PlayReady/` } };
      if (type >= 2 && type <= 4)
        return { result: { type: 'Edm.String', value: `${base}?KID=${guidOf(text(row, 'Id'))}` } };
      throw badRequest("The value of the parameter 'keyDeliveryType' is not valid.");
    },
  },
};

function checkPolicy(account: Account, row: Row): void {
  const id = text(row, 'AuthorizationPolicyId');
  if (id !== '') linked(account, 'ContentKeyAuthorizationPolicies', id);
}

/** The function RebindContentKey: the key encrypted for the given certificate, or clear when none is given. */
export async function rebindContentKey(account: Account, id: string, certificate: string): Promise<string> {
  const key = linked(account, 'ContentKeys', id);
  const clear = (await account.protectionKey()).decrypt(text(key, 'EncryptedContentKey'));
  if (clear === undefined) throw badRequest('The content key was not encrypted for this account.');
  const bound = certificate === '' ? clear.toString('base64') : encryptFor(certificate, clear);
  if (bound === undefined) throw badRequest("The value of the parameter 'x509Certificate' is not valid.");
  return bound;
}

/** The function GetProtectionKey: the certificate of that thumbprint. */
export async function getProtectionKey(account: Account, thumbprint: string): Promise<string> {
  const protection = await account.protectionKey();
  if (thumbprint.toUpperCase() !== protection.thumbprint) throw notFound('ProtectionKey');
  return protection.certificate;
}

export const assetContentKeys: LinkRule = {
  add(account, asset, key) {
    const isStorageKey = key['ContentKeyType'] === storageEncryption;
    if (!isStorageKey) return;
    if (count(asset, 'Options') !== storageEncrypted) {
      throw badRequest('The type of the content key does not fit the options of the asset.');
    }
    const others = keys(asset, '_contentKeys').map((id) => account.store.get('ContentKeys', id));
    if (others.some((other) => other?.['ContentKeyType'] === storageEncryption)) {
      throw conflict('The asset already has a storage encryption key.');
    }
  },
  removed: removeOrphan,
};

/** A key that no asset uses is deleted with its last link. */
export function removeOrphan(account: Account, key: string): void {
  const isUsed = account.store.rows('Assets').some((asset) => keys(asset, '_contentKeys').includes(key));
  if (!isUsed) account.store.remove('ContentKeys', key);
}

/** A configuration: JSON in a string. */
function parseConfiguration(row: Row, name: string): Value {
  const configuration = text(row, name);
  if (configuration === '') return null;
  const value = parseJson(configuration);
  if (value === undefined) throw badRequest(`The value of the property '${name}' is not valid.`);
  return value as Value;
}

export const deliveryPolicyRules: SetRules = {
  create(_account, row) {
    checkDelivery(row);
    return { row };
  },
  update(_account, row, changes) {
    checkDelivery({ ...row, ...changes });
    return { row: changes };
  },
  remove(account, row) {
    const isUsed = account.store
      .rows('Assets')
      .some((asset) => keys(asset, '_deliveryPolicies').includes(text(row, 'Id')));
    if (isUsed) throw badRequest('The delivery policy is linked to an asset.');
    return {};
  },
};

function checkDelivery(row: Row): void {
  const configuration = parseConfiguration(row, 'AssetDeliveryConfiguration');
  const isList =
    Array.isArray(configuration) && configuration.every((entry) => isObject(entry) && 'Key' in entry);
  if (configuration !== null && !isList) {
    throw badRequest("The value of the property 'AssetDeliveryConfiguration' is not valid.");
  }
}

export const authorizationOptionRules: SetRules = {
  create(account, row) {
    checkFairPlay(account, row);
    return { row };
  },
  update(account, row, changes) {
    checkFairPlay(account, { ...row, ...changes });
    return { row: changes };
  },
};

function checkFairPlay(account: Account, row: Row): void {
  if (row['KeyDeliveryType'] !== fairPlay) return;
  const configuration = parseConfiguration(row, 'KeyDeliveryConfiguration');
  const id = isObject(configuration) ? text(configuration, 'ASkId') : '';
  if (account.store.get('ContentKeys', `nb:kid:UUID:${guidOf(id)}`) === undefined) {
    throw badRequest('Invalid FairPlay configuration, ASkId not found.');
  }
}

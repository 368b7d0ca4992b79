/** Get User Delegation Key: a key that signs a SAS on behalf of a user or application instead of the account. */
import type { Transport } from '../http/messages';
import type { UserDelegationKey } from './sas';
import { sendToStorage, xmlAnswer, type StorageOptions } from './storage-request';
import { childText } from './xml';

/**
 * Requests a key for user delegation SAS, valid for at most seven days.
 *
 * @param transport With a bearer token (`bearerTransport`); the service accepts nothing else.
 * @param accountUrl The blob endpoint, `https://<account>.blob.core.windows.net`.
 */
export async function getUserDelegationKey(
  transport: Transport,
  accountUrl: string,
  start: Date,
  expiry: Date,
  options: StorageOptions = {},
): Promise<UserDelegationKey> {
  const time = (date: Date) => `${date.toISOString().slice(0, 19)}Z`;
  const body =
    '<?xml version="1.0" encoding="utf-8"?>' +
    `<KeyInfo><Start>${time(start)}</Start><Expiry>${time(expiry)}</Expiry></KeyInfo>`;
  const url = `${accountUrl.replace(/\/+$/, '')}/`;
  const query = { restype: 'service', comp: 'userdelegationkey' };
  const headers = { 'content-type': 'application/xml' };
  // A POST that only reads.
  const request = { method: 'POST', url, query, headers, body, expected: [200], repeatable: true } as const;
  const { response } = await sendToStorage(transport, request, options);
  const key = xmlAnswer('POST', url, response);
  return {
    skoid: childText(key, 'SignedOid'),
    sktid: childText(key, 'SignedTid'),
    skt: childText(key, 'SignedStart'),
    ske: childText(key, 'SignedExpiry'),
    sks: childText(key, 'SignedService'),
    skv: childText(key, 'SignedVersion'),
    value: childText(key, 'Value'),
  };
}

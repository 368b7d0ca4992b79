/** Get User Delegation Key: what signs a SAS in the name of a user or application instead of the account. */
import type { Transport } from '../http';
import type { UserDelegationKey } from './sas';
import { sendToStorage, xmlAnswer, type StorageOptions } from './storage-request';
import { childText } from './xml';

/**
 * Asks for a key to sign user delegation SAS with, valid for seven days at most.
 *
 * @param transport With a bearer token (`bearerTransport`); nothing else is accepted.
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
  const request = { method: 'POST', url, query, headers, body, expected: [200] } as const;
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

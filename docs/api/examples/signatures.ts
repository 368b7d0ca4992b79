// Signatures
import {
  accountSas,
  accountSasStringToSign,
  bearerTransport,
  sharedKeyCanonicalizedHeaders,
  sharedKeyCanonicalizedResource,
  getUserDelegationKey,
  sasCanonicalizedResource,
  serviceSas,
  serviceSasStringToSign,
  sharedKeyAuthorization,
  sharedKeyTransport,
  sharedKeyStringToSign,
  userDelegationSas,
  userDelegationSasStringToSign,
  type AccountKey,
  type BlobSasOptions,
  type SasField,
  type SasFields,
  type SasOptions,
  type SasQuery,
  type SasResource,
  type ServiceSasOptions,
  type StorageBearerOptions,
  type UserDelegationKey,
} from 'ams-rest/storage';
import { undiciTransport, type TokenCredential, type Transport } from 'ams-rest';

declare const credential: TokenCredential;
declare const authorized: Transport; // as `bearerTransport` makes it

{
  // #region sharedKeyTransport AccountKey
  const account: AccountKey = { account: 'contoso', key: process.env['AZURE_STORAGE_KEY'] ?? '' };
  const endpoint = 'https://contoso.blob.core.windows.net';
  const signing = sharedKeyTransport(undiciTransport(), { ...account, endpoint });
  // #endregion
}
{
  // #region bearerTransport StorageBearerOptions
  const options: StorageBearerOptions = { credential, endpoint: 'https://contoso.blob.core.windows.net' };
  const authorized = bearerTransport(undiciTransport(), options);
  // #endregion
}
{
  // #region serviceSas ServiceSasOptions SasResource SasQuery
  const accountKey = { account: 'contoso', key: process.env['AZURE_STORAGE_KEY'] ?? '' };
  const resource: SasResource = { container: 'films', blob: 'holiday.mp4' };
  const options: ServiceSasOptions = { sp: 'r', se: new Date(Date.now() + 3_600_000), spr: 'https' };
  const sas: SasQuery = serviceSas(accountKey, resource, options);
  const url = `https://contoso.blob.core.windows.net/films/holiday.mp4?${sas}`;
  // #endregion
}
{
  // #region accountSas SasOptions
  const accountKey = { account: 'contoso', key: btoa('a key of the account') };
  const limits: SasOptions = { spr: 'https', sip: '203.0.113.7' };
  const sas = accountSas(accountKey, { ...limits, sp: 'rl', se: '2035-01-01T00:00:00Z' });
  new URLSearchParams(sas).get('srt'); // → 'sco'
  // #endregion
}
{
  // #region userDelegationSas getUserDelegationKey UserDelegationKey BlobSasOptions
  const endpoint = 'https://contoso.blob.core.windows.net';
  const now = new Date();
  const inAnHour = new Date(now.getTime() + 3_600_000);
  const key: UserDelegationKey = await getUserDelegationKey(authorized, endpoint, now, inAnHour);
  const options: BlobSasOptions = { sp: 'r', se: inAnHour, rscd: 'attachment; filename=film.mp4' };
  const sas = userDelegationSas('contoso', key, { container: 'films', blob: 'holiday.mp4' }, options);
  // #endregion
}
{
  // #region sharedKeyStringToSign sharedKeyCanonicalizedHeaders sharedKeyCanonicalizedResource
  const url = 'https://contoso.blob.core.windows.net/films?restype=container&comp=list';
  const headers = { 'x-ms-version': '2019-12-12', 'x-ms-date': 'Tue, 14 Nov 2023 22:13:20 GMT' };
  sharedKeyCanonicalizedHeaders(Object.entries(headers)); // → 'x-ms-date:Tue, 14 Nov 2023 22:13:20 GMT\nx-ms-version:2019-12-12\n'
  sharedKeyCanonicalizedResource('contoso', url); // → '/contoso/films\ncomp:list\nrestype:container'
  sharedKeyStringToSign('contoso', { method: 'GET', url, headers }).startsWith('GET\n\n\n'); // → true
  // #endregion
}
{
  // #region sharedKeyAuthorization
  const accountKey = { account: 'contoso', key: btoa('a key of the account') };
  const url = 'https://contoso.blob.core.windows.net/films?restype=container&comp=list';
  const headers = { 'x-ms-version': '2019-12-12', 'x-ms-date': 'Tue, 14 Nov 2023 22:13:20 GMT' };
  sharedKeyAuthorization(accountKey, { method: 'GET', url, headers }); // → 'SharedKey contoso:rhIcW2ptJAY3tYqKqEaI22VSYuwA9Ue4ctgYwrdUf7M='
  // #endregion
}
{
  // #region serviceSasStringToSign sasCanonicalizedResource SasField SasFields
  const cr = sasCanonicalizedResource('2012-02-12', 'contoso', 'films'); // → '/contoso/films'
  const fields: SasFields = { sv: '2012-02-12', sp: 'r', se: '2035-01-01T00:00:00Z', cr };
  const signed: readonly SasField[] = ['sp', 'st', 'se', 'cr', 'si', 'sv']; // by that version, in this order
  serviceSasStringToSign(fields) === signed.map((name) => fields[name] ?? '').join('\n'); // → true
  // #endregion
}
{
  // #region accountSasStringToSign
  const fields = { sv: '2020-12-06', account: 'contoso', sp: 'r', ss: 'b', srt: 'o' };
  accountSasStringToSign(fields); // → 'contoso\nr\nb\no\n\n\n\n\n2020-12-06\n\n'
  // #endregion
}
{
  // #region userDelegationSasStringToSign
  const key = { skoid: 'object id', sktid: 'tenant id', skt: '2030-01-01', ske: '2030-01-02', sks: 'b' };
  const fields = { sv: '2020-12-06', sp: 'r', sr: 'b', cr: '/blob/contoso/films/holiday.mp4' };
  userDelegationSasStringToSign({ ...fields, ...key, skv: fields.sv }).startsWith(
    'r\n\n\n/blob/contoso/films/holiday.mp4\nobject id\n',
  ); // → true
  // #endregion
}

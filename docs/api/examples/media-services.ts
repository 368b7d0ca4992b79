// Media Services
import {
  AmsClient,
  entityPath,
  MEDIA_SERVICES_RESOURCE,
  waitForOperation,
  type AmsClientOptions,
  type AmsMethod,
  type AmsRequestOptions,
  type AmsResponse,
  type ListOptions,
  type ODataFormat,
  type Operation,
  type TokenCredential,
  type WaitOptions,
} from 'ams-rest';

declare const ams: AmsClient;
declare const credential: TokenCredential;
declare const channelId: string;

{
  // #region AmsClient AmsClientOptions
  const options: AmsClientOptions = {
    endpoint: 'https://accountname.restv2.westus.media.azure.net/api/',
    credential,
  };
  const ams = new AmsClient(options);
  const { body: asset } = await ams.request<{ Id: string }>('POST', 'Assets', { body: { Name: 'holiday' } });
  await ams.request('DELETE', entityPath('Assets', asset.Id));
  // #endregion
}
{
  // #region ODataFormat
  const format: ODataFormat = 'light'; // answers without `__metadata`, and smaller
  const endpoint = 'https://accountname.restv2.westus.media.azure.net/api/';
  const ams = new AmsClient({ endpoint, credential, format });
  // #endregion
}
{
  // #region AmsRequestOptions AmsResponse
  const options: AmsRequestOptions = { query: { $top: 1 }, signal: AbortSignal.timeout(30_000) };
  const answer: AmsResponse<{ Name: string }[]> = await ams.request('GET', 'MediaProcessors', options);
  for (const { Name } of answer.body) console.log(Name);
  // #endregion
}
{
  // #region AmsMethod
  const call = (method: AmsMethod, path: string, body?: object) =>
    ams.request(method, path, body ? { body } : {});
  const { status } = await call('POST', 'Assets', { Name: 'holiday' });
  // #endregion
}
{
  // #region ListOptions
  const options: ListOptions = { query: { $filter: "startswith(Name, 'holiday')" }, pageSize: 200 };
  for await (const { Name } of ams.list<{ Name: string }>('Assets', options)) console.log(Name);
  // #endregion
}
{
  // #region MEDIA_SERVICES_RESOURCE
  const answer = await credential.getToken(`${MEDIA_SERVICES_RESOURCE}/.default`);
  // #endregion
}
{
  // #region waitForOperation Operation WaitOptions
  const patience: WaitOptions = { pollIntervalMs: 30_000, signal: AbortSignal.timeout(600_000) };
  const answer = await ams.request('POST', entityPath('Channels', channelId, 'Start'));
  const operation: Operation | undefined = await waitForOperation(ams, answer, patience);
  if (operation?.State === 'Failed') console.error(operation.ErrorCode, operation.ErrorMessage);
  // #endregion
}

// Media Services
import {
  AmsClient,
  entityPath,
  MEDIA_SERVICES_RESOURCE,
  waitForOperation,
  type AmsClientOptions,
  type AmsListOptions,
  type ODataFormat,
  type AmsOperation,
  type TokenCredential,
  type AmsWaitOptions,
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
  const asset = await ams.json<{ Id: string }>('POST', 'Assets', { body: { Name: 'holiday' } });
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
  // #region AmsListOptions
  const options: AmsListOptions = { query: { $filter: "startswith(Name, 'holiday')" }, pageSize: 200 };
  for await (const { Name } of ams.list<{ Name: string }>('Assets', options)) console.log(Name);
  // #endregion
}
{
  // #region MEDIA_SERVICES_RESOURCE
  const answer = await credential.getToken(`${MEDIA_SERVICES_RESOURCE}/.default`);
  // #endregion
}
{
  // #region waitForOperation AmsOperation AmsWaitOptions
  const patience: AmsWaitOptions = { pollIntervalMs: 30_000, signal: AbortSignal.timeout(600_000) };
  const answer = await ams.request('POST', entityPath('Channels', channelId, 'Start'));
  const operation: AmsOperation | undefined = await waitForOperation(ams, answer, patience);
  if (operation?.State === 'Failed') console.error(operation.ErrorCode, operation.ErrorMessage);
  // #endregion
}

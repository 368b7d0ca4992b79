// Managed identities
import {
  appServiceCredential,
  arcCredential,
  imdsCredential,
  probeImds,
  type AppServiceIdentityOptions,
  type ArcIdentityOptions,
  type ArcKeyFolder,
  type ImdsOptions,
  type ManagedIdentityOptions,
  type UserAssignedIdentity,
} from 'ams-rest/credentials';
import { type Transport } from 'ams-rest';

declare const transport: Transport;

{
  // #region imdsCredential ImdsOptions
  const options: ImdsOptions = { probeTimeoutMs: 500 };
  const credential = imdsCredential(options);
  const { token } = await credential.getToken('https://rest.media.azure.net/.default');
  // #endregion
}
{
  // #region ManagedIdentityOptions UserAssignedIdentity
  const identity: UserAssignedIdentity = { clientId: '00001111-aaaa-2222-bbbb-3333cccc4444' };
  const options: ManagedIdentityOptions = { identity, timeoutMs: 5000 };
  const credential = imdsCredential(options);
  // #endregion
}
{
  // #region probeImds
  if (await probeImds(transport)) console.log('this is a machine in Azure');
  // #endregion
}
{
  // #region appServiceCredential AppServiceIdentityOptions
  const options: AppServiceIdentityOptions = {
    endpoint: process.env['IDENTITY_ENDPOINT'] ?? '',
    header: process.env['IDENTITY_HEADER'] ?? '',
  };
  const credential = appServiceCredential(options);
  const { token } = await credential.getToken('https://rest.media.azure.net/.default');
  // #endregion
}
{
  // #region arcCredential ArcIdentityOptions ArcKeyFolder
  const keyFolder: ArcKeyFolder = { path: 'D:\\Arc\\Tokens\\', windows: true };
  const options: ArcIdentityOptions = { keyFolder }; // or 'linux', the default, or 'windows'
  const credential = arcCredential(options); // the process must be in the group `himds`
  // #endregion
}

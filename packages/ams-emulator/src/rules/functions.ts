import type { ServiceFunction } from '../media/set-rules';
import { createFileInfos } from './assets';
import { cancelJob } from './jobs';
import { getProtectionKey, rebindContentKey } from './protection';

/** The functions of the service root. */
export const serviceFunctions: readonly ServiceFunction[] = [
  {
    name: 'CreateFileInfos',
    parameters: { assetid: 'Edm.String' },
    async call(account, assetId = '') {
      await createFileInfos(account, assetId);
      return undefined;
    },
  },
  {
    name: 'CancelJob',
    parameters: { jobid: 'Edm.String' },
    call(account, jobId = '') {
      cancelJob(account, jobId);
      return Promise.resolve(undefined);
    },
  },
  {
    name: 'GetProtectionKeyId',
    parameters: { contentKeyType: 'Edm.Int32' },
    returns: 'Edm.String',
    // One key serves for every type.
    call: async (account) => (await account.protectionKey()).thumbprint,
  },
  {
    name: 'GetProtectionKey',
    parameters: { protectionKeyId: 'Edm.String' },
    returns: 'Edm.String',
    call: (account, thumbprint = '') => getProtectionKey(account, thumbprint),
  },
  {
    name: 'RebindContentKey',
    parameters: { id: 'Edm.String', x509Certificate: 'Edm.String' },
    returns: 'Edm.String',
    call: (account, id = '', certificate = '') => rebindContentKey(account, id, certificate),
  },
];

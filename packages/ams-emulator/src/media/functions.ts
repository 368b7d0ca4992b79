import type { Account } from '../account';
import type { PrimitiveType } from '../model';
import { createFileInfos } from '../rules/assets';
import { cancelJob } from '../rules/jobs';
import { getProtectionKey, rebindContentKey } from '../rules/protection';
import { badRequest } from './errors';
import { writeProperty, type Writing } from './serialize';
import type { Answer, MediaRequest } from './service';

/** A function of the service root, called by GET. */
export interface ServiceFunction {
  readonly name: string;
  /** Types by name; strings come quoted. */
  readonly parameters: Readonly<Record<string, PrimitiveType>>;
  /** Type of the result, absent for a function that answers 204. */
  readonly returns?: PrimitiveType;
  /** Gets the values in the order of `parameters`. */
  readonly call: (account: Account, ...values: string[]) => Promise<string | undefined>;
}

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

/** The service function of that name in any letter case. */
export function findFunction(name: string): ServiceFunction | undefined {
  const wanted = name.toLowerCase();
  return serviceFunctions.find((candidate) => candidate.name.toLowerCase() === wanted);
}

/** Calls a function with the parameters in the query of the request. */
export async function callFunction(
  account: Account,
  { name, parameters, returns, call }: ServiceFunction,
  request: MediaRequest,
  writing: Writing,
): Promise<Answer> {
  const values = Object.entries(parameters).map(([parameter, type]) =>
    readParameter(request, parameter, type),
  );
  const result = await call(account, ...values);
  if (returns === undefined || result === undefined) return { status: 204 };
  return { status: 200, payload: writeProperty(name, returns, result, writing) };
}

/** A parameter, its name in any letter case. Throws 400 when it is absent or has the wrong form. */
function readParameter({ http }: MediaRequest, name: string, type: PrimitiveType): string {
  for (const [candidate, text] of http.query) {
    if (candidate.toLowerCase() !== name.toLowerCase()) continue;
    if (type === 'Edm.Int32' && /^\d{1,9}$/.test(text.trim())) return text.trim();
    const quoted = /^'((?:[^']|'')*)'$/.exec(text.trim())?.[1];
    // Ids arrive encoded twice from clients that encode what they had encoded.
    if (type === 'Edm.String' && quoted !== undefined) {
      return quoted.replaceAll("''", "'").replace(/%3a/gi, ':');
    }
  }
  throw badRequest(`The parameter '${name}' is missing or has a wrong form.`);
}

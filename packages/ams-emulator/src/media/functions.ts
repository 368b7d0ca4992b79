import type { Account } from '../account';
import { createFileInfos } from '../rules/assets';
import { cancelJob } from '../rules/jobs';
import { badRequest } from './errors';
import type { Answer, MediaRequest } from './service';
import type { Writing } from './serialize';

type ServiceFunction = (
  account: Account,
  request: MediaRequest,
  writing: Writing,
) => Promise<Answer> | Answer;

const functions: Readonly<Record<string, ServiceFunction>> = {
  async createfileinfos(account, request) {
    await createFileInfos(account, parameter(request, 'assetid'));
    return { status: 204 };
  },
  canceljob(account, request) {
    cancelJob(account, parameter(request, 'jobid'));
    return { status: 204 };
  },
};

/** The service function of that name in any letter case. */
export function findFunction(name: string): ServiceFunction | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(functions, key) ? functions[key] : undefined;
}

/** The text of a quoted query parameter, its name in any letter case. Throws 400 when it is absent or not quoted. */
function parameter({ http }: MediaRequest, name: string): string {
  for (const [candidate, value] of http.query) {
    if (candidate.toLowerCase() !== name) continue;
    const quoted = /^'((?:[^']|'')*)'$/.exec(value.trim())?.[1];
    // Ids arrive encoded twice from clients that encode what they had encoded.
    if (quoted !== undefined) return quoted.replaceAll("''", "'").replace(/%3a/gi, ':');
  }
  throw badRequest(`The parameter '${name}' is missing or not a quoted string.`);
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Account } from '../account';
import { arrive, type Controls, type Fault } from '../control/controls';
import { insteadOf } from '../control/faults';
import { plainRequest } from '../http';
import { locatorType, validLocator } from '../rules/locators';
import { settleJobs } from '../rules/settle-jobs';
import type { StorageGate } from './azurite';
import { internalHeader } from './blob-storage';

const refusal =
  '<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code>' +
  '<Message>Server failed to authenticate the request. Make sure the value of the Authorization header is formed ' +
  'correctly including the signature.</Message></Error>';

/**
 * The gate before Azurite: applies faults, stores the files of ended jobs before they are read, and ends locators by
 * the emulator's clock, which may be ahead of Azurite's real time.
 */
export function storageGate(
  accounts: readonly Account[],
  controls: Controls,
  internal: string,
  save: (() => Promise<void>) | undefined,
): StorageGate {
  return async (incoming, outgoing) => {
    if (save !== undefined && incoming.method !== 'GET' && incoming.method !== 'HEAD')
      endAfter(outgoing, save);
    // The emulator's own requests must not wait for jobs, which wait for these requests.
    if (incoming.headers[internalHeader] === internal) return false;
    const { method, path, query } = plainRequest(incoming, Buffer.alloc(0));
    // Several Media Services accounts can share a storage account.
    const owners = accounts.filter(({ storage }) => path.startsWith(`/${storage.account}/`));
    const [account] = owners;
    if (account === undefined) return false;
    const fault = arrive(controls, 'storage', method, path, account.clock.now());
    if (fault !== undefined && (await happens(fault, incoming, outgoing))) return true;
    const policy = query.get('si');
    if (policy !== null && isEndedLocator(owners, policy)) {
      answer(incoming, outgoing, 403, refusal, { 'x-ms-error-code': 'AuthenticationFailed' });
      return true;
    }
    for (const owner of owners) await settleJobs(owner);
    return false;
  };
}

/** A policy that no locator created is left to Azurite. */
function isEndedLocator(owners: readonly Account[], policy: string): boolean {
  const makers = owners.filter(({ store }) => store.get('Locators', `nb:lid:UUID:${policy}`) !== undefined);
  return makers.length > 0 && !makers.some((maker) => validLocator(maker, policy, locatorType.sas));
}

/** Ends an answer only after the change that it confirms has been saved. */
function endAfter(outgoing: ServerResponse, save: () => Promise<void>): void {
  const end = outgoing.end.bind(outgoing) as (...parameters: unknown[]) => ServerResponse;
  outgoing.end = (...parameters: unknown[]) => {
    save().then(
      () => end(...parameters),
      () => outgoing.destroy(),
    );
    return outgoing;
  };
}

/** True if the fault replaces the answer. */
async function happens(fault: Fault, incoming: IncomingMessage, outgoing: ServerResponse): Promise<boolean> {
  if (fault.kind === 'delay') {
    await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? 1000).unref());
    return false;
  }
  if (fault.kind === 'cut-connection') outgoing.destroy();
  else if (fault.kind !== 'stall-headers') {
    const { status, headers, body } = insteadOf(fault, 'storage', plainRequest(incoming, Buffer.alloc(0)));
    answer(incoming, outgoing, status, typeof body === 'string' ? body : '', headers);
  }
  return true;
}

function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>>,
): void {
  // Reads the whole request, so that the client has finished sending before the answer.
  incoming.resume();
  outgoing.writeHead(status, { 'Content-Type': 'application/xml', ...headers });
  outgoing.end(incoming.method === 'HEAD' ? undefined : body);
}

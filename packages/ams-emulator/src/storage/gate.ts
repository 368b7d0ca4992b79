import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Account } from '../account';
import { locatorType, validLocator } from '../rules/locators';
import { settleJobs } from '../rules/settle-jobs';

const refusal =
  '<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code>' +
  '<Message>Server failed to authenticate the request. Make sure the value of the Authorization header is formed ' +
  'correctly including the signature.</Message></Error>';

/**
 * What stands before Azurite: jobs that are over have left their files by the time anybody looks, and a locator ends
 * by the emulator's clock, which may be ahead of the real time that Azurite goes by. True when it answered itself.
 */
export async function storageGate(
  account: Account | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (account === undefined) return false;
  const policy = new URLSearchParams((request.url ?? '').split('?')[1]).get('si');
  if (policy !== null && validLocator(account, policy, locatorType.sas) === undefined) {
    request.resume();
    response.writeHead(403, { 'Content-Type': 'application/xml', 'x-ms-error-code': 'AuthenticationFailed' });
    response.end(request.method === 'HEAD' ? undefined : refusal);
    return true;
  }
  // The emulator's own requests carry the account key; waiting for jobs there would be waiting for oneself.
  if (request.headers.authorization === undefined) await settleJobs(account);
  return false;
}

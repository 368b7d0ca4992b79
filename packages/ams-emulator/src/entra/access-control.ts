import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Account } from '../account';
import type { HttpReply, HttpRequest } from '../http';
import type { Refusal } from './directory';

// Clients written before June 2018 may know only the Access Control Service.

const path = /^\/v2\/oauth2-13\/?$/i;
const scope = 'urn:WindowsAzureMediaServices';
const lifetimeSeconds = 21_600;

export const isAccessControlPath = (requestPath: string): boolean => path.test(requestPath);

/** Issues a Simple Web Token for an account's name and key. */
export function handleAccessControl(accounts: readonly Account[], request: HttpRequest): HttpReply {
  const form = new URLSearchParams(request.body.toString('utf8'));
  const account = accounts.find(({ name }) => name === form.get('client_id'));
  const isGrant = request.method === 'POST' && form.get('grant_type') === 'client_credentials';
  if (!isGrant || form.get('scope') !== scope) {
    return json(400, { error: 'invalid_request', error_description: 'ACS90010: The request is not valid.' });
  }
  if (account === undefined || !isKey(account.key, form.get('client_secret') ?? '')) {
    return json(400, { error: 'invalid_client', error_description: 'ACS50012: Authentication failed.' });
  }
  const expires = Math.floor(account.clock.now() / 1000) + lifetimeSeconds;
  const claims = new URLSearchParams({
    'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier': account.name,
    'urn:SubscriptionId': account.id,
    ExpiresOn: String(expires),
    Issuer: `${account.url}/`,
    Audience: scope,
  }).toString();
  return json(200, {
    token_type: 'http://schemas.xmlsoap.org/ws/2009/11/swt-token-profile-1.0',
    access_token: `${claims}&HMACSHA256=${encodeURIComponent(signatureOf(account, claims))}`,
    expires_in: String(lifetimeSeconds),
    scope,
  });
}

/** Why a Simple Web Token is refused; undefined if it is accepted. */
export function refuseWebToken(account: Account, token: string): Refusal | undefined {
  const mark = token.lastIndexOf('&HMACSHA256=');
  const claims = token.slice(0, Math.max(mark, 0));
  const signature = new URLSearchParams(token.slice(mark + 1)).get('HMACSHA256') ?? '';
  if (mark < 0 || !isSame(signatureOf(account, claims), signature)) {
    return { message: 'The access token is invalid.' };
  }
  const isOver = Number(new URLSearchParams(claims).get('ExpiresOn')) * 1000 <= account.clock.now();
  return isOver ? { message: 'The access token has expired.' } : undefined;
}

const signatureOf = ({ key }: Account, claims: string): string =>
  createHmac('sha256', Buffer.from(key, 'base64')).update(claims).digest('base64');

/** Compares decoded keys: amspy and azurerm send a blank after the key, and the service accepted it. */
function isKey(wanted: string, given: string): boolean {
  const compact = given.replace(/\s/g, '');
  const isBase64 = /^[A-Za-z\d+/]*={0,2}$/.test(compact) && compact.length % 4 === 0;
  const bytes = (text: string): string => Buffer.from(text, 'base64').toString('hex');
  return isBase64 && isSame(bytes(wanted), bytes(compact));
}

function isSame(wanted: string, given: string): boolean {
  const digest = (text: string): Buffer => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(wanted), digest(given));
}

function json(status: number, body: unknown): HttpReply {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-cache, no-store' },
    body: JSON.stringify(body),
  };
}

import { randomInt, randomUUID } from 'node:crypto';
import type { HttpReply, HttpRequest } from '../http';
import { checkClientId } from './client-authentication';
import type { Directory } from './directory';
import { refuse, TokenError } from './errors';
import { readForm, required } from './form';
import { opaque } from './signing';
import { userTarget } from './target';
import type { EndpointVersion } from './target';

const codeLifeMs = 600_000;
const deviceCodeLifeSeconds = 900;
const pollSeconds = 5;

/**
 * The sign-in page, which redirects the browser back immediately. Throws TokenError where the original shows an error
 * instead of redirecting. Source: "OAuth 2.0 authorization code flow"; RFC 6749 section 4.1.
 */
export function authorize(directory: Directory, version: EndpointVersion, request: HttpRequest): HttpReply {
  const { query } = request;
  checkClientId(directory, required(query, 'client_id'));
  const redirectUri = required(query, 'redirect_uri');
  if (!isRegistered(redirectUri)) {
    throw refuse.unknownRedirect(
      `The redirect URI specified in the request does not match the redirect URIs configured for the application ` +
        `'${directory.clientId}'.`,
    );
  }
  const answer = { ...outcome(directory, version, query, redirectUri), state: query.get('state') };
  const fields = new URLSearchParams(
    Object.entries(answer).filter((field): field is [string, string] => typeof field[1] === 'string'),
  );
  if (query.get('response_mode') === 'form_post') return formPost(redirectUri, fields);
  const address = new URL(redirectUri);
  for (const [name, value] of fields) address.searchParams.append(name, value);
  return { status: 302, headers: { Location: address.href, 'Cache-Control': 'no-store' }, body: '' };
}

/** `http://localhost` is registered; the port does not count (RFC 8252 section 7.3). */
function isRegistered(redirectUri: string): boolean {
  return /^http:\/\/(localhost|127\.0\.0\.1)(:\d{1,5})?\/?$/.test(redirectUri) && URL.canParse(redirectUri);
}

/** The parameters returned to the app besides the state: a code or an error. */
function outcome(
  directory: Directory,
  version: EndpointVersion,
  query: URLSearchParams,
  redirectUri: string,
): Record<string, string> {
  const { registrations, clock } = directory;
  try {
    const challenge = required(query, 'code_challenge');
    if (required(query, 'response_type') !== 'code') {
      throw refuse.malformedRequest('The response_type must be code.');
    }
    const isTargetLater = version === 'v1' && !query.has('resource');
    const target = isTargetLater
      ? { resource: undefined, scopes: [] }
      : userTarget(directory, version, query);
    if (registrations.personDeclines) {
      return {
        error: 'access_denied',
        error_description: 'AADSTS65004: User declined to consent to access the app.',
      };
    }
    const code = `1.${opaque(48)}`;
    registrations.codes.set(code, {
      ...target,
      redirectUri,
      challenge,
      method: query.get('code_challenge_method') ?? 'plain',
      nonce: query.get('nonce') ?? undefined,
      expires: clock.now() + codeLifeMs,
      isUsed: false,
    });
    return { code, session_state: randomUUID() };
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    return { error: error.error, error_description: `AADSTS${error.code}: ${error.message}` };
  }
}

/** A page that posts the answer as a form, which keeps it out of URLs. */
function formPost(action: string, fields: URLSearchParams): HttpReply {
  const inputs = [...fields].map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}" />`,
  );
  return {
    status: 200,
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' },
    body:
      `<html><body onload="document.forms[0].submit()"><form method="POST" action="${escapeHtml(action)}">` +
      `${inputs.join('')}</form></body></html>`,
  };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Starts a sign-in on another machine. Source: "OAuth 2.0 device authorization grant flow"; RFC 8628 section 3.1. */
export function startDeviceCode(
  directory: Directory,
  version: EndpointVersion,
  request: HttpRequest,
): Readonly<Record<string, string | number>> {
  const { registrations, clock } = directory;
  const form = request.method === 'GET' ? request.query : readForm(request);
  checkClientId(directory, required(form, 'client_id'));
  const target = userTarget(directory, version, form);
  const deviceCode = opaque(48);
  const userCode = newUserCode();
  registrations.deviceCodes.set(deviceCode, {
    ...target,
    userCode,
    expires: clock.now() + deviceCodeLifeSeconds * 1000,
    intervalMs: pollSeconds * 1000,
    lastPoll: clock.now(),
    state: 'pending',
  });
  const page = 'https://microsoft.com/devicelogin';
  const message = `To sign in, use a web browser to open the page ${page} and enter the code ${userCode} to authenticate.`;
  if (version === 'v2') {
    return {
      user_code: userCode,
      device_code: deviceCode,
      verification_uri: page,
      expires_in: deviceCodeLifeSeconds,
      interval: pollSeconds,
      message,
    };
  }
  return {
    user_code: userCode,
    device_code: deviceCode,
    verification_url: page,
    expires_in: String(deviceCodeLifeSeconds),
    interval: String(pollSeconds),
    message,
  };
}

/** Nine characters that are easy to tell apart. */
function newUserCode(): string {
  const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
  return Array.from({ length: 9 }, () => letters.charAt(randomInt(letters.length))).join('');
}

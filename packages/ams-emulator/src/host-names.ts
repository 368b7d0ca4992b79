import { isIP } from 'node:net';
import type { HttpReply } from './http';

/**
 * Whether a Host header names the emulator: an IP address, localhost, or one of `names`. A web page can make its own
 * name resolve to this address (DNS rebinding) to read the answers, but the browser then sends that name.
 */
export function isOwnHost(host: string, names: readonly string[]): boolean {
  if (!URL.canParse(`http://${host}`)) return false;
  const { hostname, host: parsed } = new URL(`http://${host}`);
  // Credentials or a path would make the text longer.
  if (parsed.length > host.length) return false;
  const name = hostname.replace(/^\[|\]$/g, '');
  return isIP(name) !== 0 || /^(.+\.)?localhost$/.test(name) || names.includes(name);
}

/** The answer to a request with a foreign Host header. */
export const foreignHost: HttpReply = {
  status: 400,
  headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  body:
    'ams-emulator: the Host header does not name this emulator. If clients reach it by that name, start it with ' +
    '--host-name <name> (the option hostNames).\n',
};

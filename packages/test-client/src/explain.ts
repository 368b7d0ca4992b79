/** Turns whatever went wrong into one message that says what to do, and an exit code. */
import { AuthenticationError, NetworkError, ProtocolError, ServiceError, isLoopback } from 'ams-rest';
import { UsageError } from './settings';

export interface Explanation {
  readonly message: string;
  readonly exitCode: number;
}

/** The person pressed Ctrl-C, or the process was asked to end. */
export class Interrupted extends Error {
  override name = 'Interrupted';
}

/** Media Services accepted the job and then reported that it failed. */
export class JobFailed extends Error {
  override name = 'JobFailed';
}

const RETIRED_HOSTS = /(^|\.)(media\.azure\.net|media\.windows\.net|streaming\.mediaservices\.windows\.net)$/;

const RETIRED = `Media Services was retired on 30 June 2024; its hosts do not answer any more.
What still works live: tokens for any resource that Entra ID protects, Resource Manager and Storage.
To run the whole story, use the local Azure that comes with this project: npx -y pnpm@10 demo, without --live and
without AMS_ENDPOINT.`;

export function explain(error: unknown): Explanation {
  if (error instanceof Interrupted) return { message: 'Interrupted.', exitCode: 130 };
  if (error instanceof UsageError) return { message: error.message, exitCode: 2 };
  if (error instanceof AuthenticationError) return { message: authentication(error), exitCode: 3 };
  if (error instanceof ServiceError && error.status === 401)
    return { message: refusedToken(error), exitCode: 3 };
  if (error instanceof ServiceError || error instanceof ProtocolError || error instanceof JobFailed)
    return { message: atRetiredHost(error) ? `${RETIRED}\n(${error.message})` : error.message, exitCode: 4 };
  if (error instanceof NetworkError) return { message: network(error), exitCode: 5 };
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { message: `This should not have happened: ${text}`, exitCode: 1 };
}

const SETTING_OF_CODE: readonly [codes: readonly number[], setting: string][] = [
  [[7000215, 7000222, 7000218], 'AZURE_CLIENT_SECRET'],
  [[700016, 70001, 700011, 7000112], 'AZURE_CLIENT_ID and AZURE_TENANT_ID'],
  [[90002, 900023, 9001023, 50194, 50059], 'AZURE_TENANT_ID and AZURE_AUTHORITY_HOST'],
  [[500011, 50001, 70011, 1002012], 'AMS_RESOURCE'],
];

function authentication(error: AuthenticationError): string {
  const setting = SETTING_OF_CODE.find(([codes]) =>
    error.errorCodes.some((code) => codes.includes(code)),
  )?.[1];
  const what = error.hint || error.serviceMessage || `the token endpoint answered ${error.status}`;
  const retired = error.errorCodes.includes(500011)
    ? '\nNew directories may not know Media Services at all: it was retired on 30 June 2024.'
    : '';
  return (
    `Authentication failed: ${what}.` +
    (setting ? `\nCheck ${setting}.` : '') +
    `${retired}\n(${error.method} ${error.url}: ${error.status} ${error.code} ${error.serviceMessage})`
  );
}

function refusedToken(error: ServiceError): string {
  return (
    'Media Services refused the token. Either it is for another resource (check AMS_RESOURCE, which has no slash at\n' +
    'its end), or the service principal has neither the Contributor nor the Owner role on the account (Access\n' +
    `control, in the portal).\n(${error.message})`
  );
}

function network(error: NetworkError): string {
  if (atRetiredHost(error)) return `${RETIRED}\n(${error.message})`;
  const url = URL.canParse(error.url) ? new URL(error.url) : undefined;
  const where = url?.origin ?? error.url;
  if (url && isLoopback(url.hostname))
    return (
      `Nobody answers at ${where}. If that is the local Azure, start it with npx -y pnpm@10 emulator and put\n` +
      `the lines it prints into .env; or remove AMS_ENDPOINT to use the embedded one.\n(${error.message})`
    );
  return `Cannot reach ${where}. Check the network, a proxy, and the address.\n(${error.message})`;
}

function atRetiredHost(error: object): boolean {
  const url = 'url' in error && typeof error.url === 'string' ? error.url : '';
  return URL.canParse(url) && RETIRED_HOSTS.test(new URL(url).hostname);
}

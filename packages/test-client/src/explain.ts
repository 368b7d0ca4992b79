/** Turns an error into one message that says what to do, and an exit code. */
import {
  AuthenticationError,
  isLoopback,
  NetworkError,
  ProtocolError,
  redactText,
  ServiceError,
} from 'ams-rest';
import { Interrupted, JobFailed, LeftBehind, UnusableAnswer, UsageError } from './errors';
import { fileSystemMessage } from './file-system-error';
import { visible } from './output/visible';

export interface Explanation {
  readonly message: string;
  readonly exitCode: number;
}

interface Context {
  /** How the tool is run, for commands that the message suggests. */
  readonly command: string;
  /** Removed from what services say. Our own sentences stay: a secret can be an ordinary word. */
  readonly secrets?: readonly string[];
}

const RETIRED_HOSTS = ['media.azure.net', 'media.windows.net', 'streaming.mediaservices.windows.net'];

export function explain(error: unknown, context: Context): Explanation {
  const { message, exitCode } = messageFor(error, context);
  return { message: visible(message), exitCode };
}

function messageFor(error: unknown, context: Context): Explanation {
  const said = (text: string) => redactText(text, context.secrets);
  if (error instanceof Interrupted) return { message: error.message, exitCode: 130 };
  if (error instanceof UsageError) return { message: error.message, exitCode: 2 };
  if (error instanceof AuthenticationError)
    return { message: authentication(error, said, context.command), exitCode: 3 };
  if (error instanceof ServiceError && error.status === 401)
    return { message: refusedToken(error, said), exitCode: 3 };
  if (error instanceof ServiceError || error instanceof ProtocolError || error instanceof JobFailed) {
    const retired = isRetiredHost(error) ? `${retirement(context.command)}\n` : '';
    return { message: `${retired}${said(error.message + unreadRefusal(error))}`, exitCode: 4 };
  }
  if (error instanceof NetworkError) return { message: network(error, said, context.command), exitCode: 5 };
  if (error instanceof UnusableAnswer || error instanceof LeftBehind)
    return { message: error.message, exitCode: 4 };
  const file = fileSystemMessage(error);
  if (file) return { message: file, exitCode: 2 };
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { message: `Internal error. Please report it with this line: ${said(text)}`, exitCode: 1 };
}

/** The start of a refusal that is in none of the forms that the library reads, such as plain text. */
function unreadRefusal(error: Error): string {
  if (!(error instanceof ServiceError) || error.code || error.serviceMessage || !error.body.trim()) return '';
  return ` ${error.body.trim().replaceAll(/\s+/g, ' ').slice(0, 300)}`;
}

type Said = (text: string) => string;

const SETTING_OF_CODE: readonly [codes: readonly number[], setting: string][] = [
  [[7000215, 7000222, 7000218], 'AZURE_CLIENT_SECRET'],
  [[700016, 70001, 700011, 7000112], 'AZURE_CLIENT_ID and AZURE_TENANT_ID'],
  [[90002, 900023, 9001023, 50194, 50059], 'AZURE_TENANT_ID and AZURE_AUTHORITY_HOST'],
  [[500011, 50001, 70011, 1002012], '--resource or AMS_RESOURCE'],
];
const UNKNOWN_RESOURCE = 500011;

function authentication(error: AuthenticationError, said: Said, command: string): string {
  const setting = SETTING_OF_CODE.find(([codes]) =>
    error.errorCodes.some((code) => codes.includes(code)),
  )?.[1];
  const what = error.hint || said(error.serviceMessage) || `the token endpoint answered ${error.status}`;
  const unknown = error.errorCodes.includes(UNKNOWN_RESOURCE) ? `\n${unknownResource(error, command)}` : '';
  const details = said(`${error.url}: ${error.status} ${error.code} ${error.serviceMessage}`);
  return (
    `Authentication failed: ${what}.${setting ? `\nCheck ${setting}.` : ''}` +
    `${unknown}\n(${error.method} ${details})`
  );
}

function unknownResource({ url }: AuthenticationError, command: string): string {
  if (URL.canParse(url) && isLoopback(new URL(url).hostname))
    return (
      'A local Azure has the APIs of Media Services, Storage and Resource Manager. For a token for another API, set ' +
      'AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.'
    );
  return (
    'Directories created after 30 June 2024 may not know Media Services, which was retired then.\n' +
    `Another API: ${command} token --resource https://graph.microsoft.com`
  );
}

function refusedToken(error: ServiceError, said: Said): string {
  return (
    'The service refused the token. Either the token is for another API (check --resource or AMS_RESOURCE, which has ' +
    'no slash at its end for Media Services), or the application lacks permission: for Media Services, the ' +
    `Contributor or Owner role on the account (Access control in the portal).\n(${said(error.message)})`
  );
}

function network(error: NetworkError, said: Said, command: string): string {
  const details = said(error.message);
  if (isRetiredHost(error)) return `${retirement(command)}\n(${details})`;
  const url = URL.canParse(error.url) ? new URL(error.url) : undefined;
  const where = url?.origin ?? error.url;
  if (url && isLoopback(url.hostname))
    return (
      `Nothing answers at ${where}. To start the local Azure: ${command} emulator\n` +
      `Put the lines that it prints into .env. Or add --local to use one that is started for the command.\n(${details})`
    );
  return (
    `Cannot reach ${where}. Check the address and the network. Proxies are taken from HTTPS_PROXY, exceptions from ` +
    `NO_PROXY.\n(${details})`
  );
}

/** What still works, for errors at hosts of Media Services. */
export function retirement(command: string): string {
  return (
    'Media Services was retired on 30 June 2024; its hosts do not answer any more.\n' +
    'What still works live: tokens for any API that Entra ID protects, and calls to it, such as Resource Manager.\n' +
    `To run the whole story on the local Azure that comes with this project: ${command} demo --local`
  );
}

export function isRetiredHost(error: object): boolean {
  const url = 'url' in error && typeof error.url === 'string' ? error.url : '';
  const host = URL.canParse(url) ? `.${new URL(url).hostname}` : '';
  return RETIRED_HOSTS.some((retired) => host.endsWith(`.${retired}`));
}

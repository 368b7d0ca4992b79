import type { Account } from './account';
import { handleArm, isArmPath } from './arm/service';
import { mayUse, type ArmState, type ArmDependencies } from './arm/state';
import { handleControl, isControlPath, type Controlled } from './control/control-api';
import { arrive, type Service } from './control/controls';
import { answerWithFault } from './control/faults';
import { handleAccessControl, isAccessControlPath, refuseWebToken } from './entra/access-control';
import { refuseAuthorization, type Directory, type Refusal } from './entra/directory';
import { handleTokenService, isTokenServicePath } from './entra/service';
import { foreignHost, isOwnHost } from './host-names';
import type { Handler, HttpReply, HttpRequest } from './http';
import { splitApiPath, type ApiPath } from './media/address';
import { ServiceError } from './media/errors';
import { handleMediaServices } from './media/service';
import { rules } from './rules';
import { handleOrigin, isOriginPath } from './origin/origin';
import { settleJobs } from './rules/settle-jobs';

/** Everything that handles requests. */
export interface Services extends Controlled {
  /** Where the emulator is reached: `http://host:port`. */
  readonly url: string;
  readonly directory: Directory;
  /** Resource Manager adds and removes accounts. */
  readonly accounts: readonly [Account, ...Account[]];
  readonly arm: { readonly dependencies: ArmDependencies; readonly state: ArmState };
  readonly hasAccessControl: boolean;
  /** Names by which clients reach the emulator, in lower case. */
  readonly hostNames: readonly string[];
  /** How far each request to the REST API advances the clock, in milliseconds; 0 for a running clock. */
  readonly tickMs: number;
}

type Route = readonly [service: Service, handler: Handler];

/** Passes each request to the service of its path, counts it, and carries out planned faults. */
export function router(services: Services): Handler {
  return async (request) => {
    const isControl = isControlPath(request.path);
    const [service, handler] = isControl ? [] : (routeOf(services, request.path) ?? []);
    // Published content is public, and a delivery network may use any host name.
    if (service !== 'origin' && !isOwnHost(request.headers.host ?? '', services.hostNames))
      return foreignHost;
    if (isControl) return handleControl(services, request);
    if (service === undefined || handler === undefined) return notFound;
    const fault = arrive(services.controls, service, request.method, request.path, services.clock.now());
    return fault === undefined ? handler(request) : answerWithFault(fault, service, request, handler);
  };
}

const notFound: HttpReply = {
  status: 404,
  headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  body: 'ams-emulator: the REST API is at /api/, tokens at /<tenant>/oauth2/token\n',
};

function routeOf(services: Services, path: string): Route | undefined {
  const { directory, accounts, arm, controls, url } = services;
  if (isArmPath(path)) return ['arm', (request) => handleArm(arm.dependencies, arm.state, request)];
  if (services.hasAccessControl && isAccessControlPath(path)) {
    return ['token', (request) => Promise.resolve(handleAccessControl(accounts, request))];
  }
  if (isTokenServicePath(path)) {
    return ['token', (request) => Promise.resolve(handleTokenService(directory, url, request))];
  }
  // In moved mode the entry host `media.windows.net` answered 301 also to a request for its bare root.
  const api = path === '/' && controls.isMoved ? splitApiPath('/api/') : splitApiPath(path);
  if (api !== undefined) return ['api', (request) => handleApi(services, api, request)];
  return isOriginPath(path) ? ['origin', (request) => handlePublished(services, request)] : undefined;
}

async function handleApi(services: Services, api: ApiPath, request: HttpRequest): Promise<HttpReply> {
  const { accounts, clock, controls, url, tickMs } = services;
  const name = api.account?.toLowerCase();
  const account = name === undefined ? accounts[0] : accounts.find((each) => each.name === name);
  if (account === undefined) return notFound;
  if (tickMs > 0) clock.advance(tickMs);
  if (controls.isMoved && !api.isCluster) return moved(`${url}/cluster/api/`);
  await settleJobs(account);
  const refusal = refuse(services, account, request.headers.authorization);
  // A path that cannot be decoded is answered by the API, in the form of its errors.
  const path = api.path ?? new ServiceError(400, 'The request URI is malformed.');
  return handleMediaServices(account, rules, { root: rootOf(url, api), path }, request, refusal);
}

/** The requested API root, in its canonical spelling. */
function rootOf(url: string, { isCluster, account }: ApiPath): string {
  if (isCluster) return `${url}/cluster/api/`;
  return account === undefined ? `${url}/api/` : `${url}/accounts/${account.toLowerCase()}/api/`;
}

function refuse(services: Services, account: Account, header: string | undefined): Refusal | undefined {
  const webToken = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
  if (services.hasAccessControl && webToken?.includes('&HMACSHA256=') === true)
    return refuseWebToken(account, webToken);
  return refuseAuthorization(services.directory, header, (objectId) =>
    mayUse(services.arm.state, objectId, account.name),
  );
}

/** What `media.windows.net` answered to everything: the root of the cluster, never the requested path. */
function moved(root: string): HttpReply {
  return {
    status: 301,
    headers: { 'Content-Type': 'text/html; charset=UTF-8', Location: root, Server: 'Microsoft-IIS/8.5' },
    body:
      '<head><title>Object moved</title></head>\n' +
      `<body><h1>Object Moved</h1>This object may be found <a HREF="${root}">here</a></body>`,
  };
}

async function handlePublished({ accounts }: Services, request: HttpRequest): Promise<HttpReply> {
  for (const account of accounts) {
    await settleJobs(account);
    const reply = await handleOrigin(account, request);
    if (reply !== undefined) return reply;
  }
  return notFound;
}

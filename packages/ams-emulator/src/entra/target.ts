import type { Directory } from './directory';
import { refuse } from './errors';
import { printable, required } from './form';

/** Version of the token endpoint: `/oauth2/token` or `/oauth2/v2.0/token`. */
export type EndpointVersion = 'v1' | 'v2';

/** The API and scopes of a requested token. */
export interface Target {
  readonly resource: string;
  /** As requested, including those of OpenID Connect. */
  readonly scopes: readonly string[];
}

const ofOpenId = /^(|openid|profile|offline_access|email)$/;

/** The API for which a service requests a token. */
export function appTarget(version: EndpointVersion, form: URLSearchParams): string {
  if (version === 'v1') return required(form, 'resource');
  refuseResource(form);
  const scope = oneScope(required(form, 'scope'));
  if (!scope.endsWith('/.default')) {
    throw refuse.scopeWithoutDefault(
      `The provided value for scope ${printable(scope)} is not valid. Client credential flows must have a scope ` +
        'value with /.default suffixed to the resource identifier (application ID URI).',
    );
  }
  return scope.slice(0, -'/.default'.length);
}

/** The API for which a user's app requests a token: `X/.default`, or one permission, `X/user_impersonation`. */
export function userTarget(directory: Directory, version: EndpointVersion, form: URLSearchParams): Target {
  if (version === 'v1') {
    const resource = required(form, 'resource');
    checkResource(directory, resource);
    // Version 1 always issues a refresh token.
    return { resource, scopes: ['offline_access', ...(form.get('scope') ?? '').split(/ +/)] };
  }
  refuseResource(form);
  const text = required(form, 'scope');
  const scope = oneScope(text);
  const resource = scope.slice(0, scope.lastIndexOf('/'));
  checkResource(directory, resource);
  return { resource, scopes: text.split(/ +/) };
}

/** Throws TokenError if the tenant has no such API. */
export function checkResource({ tenantId, resources }: Directory, resource: string): void {
  if (resources.includes(resource)) return;
  throw refuse.unknownResource(
    `The resource principal named ${printable(resource)} was not found in the tenant named ${tenantId}. This can ` +
      'happen if the application has not been installed by the administrator of the tenant or consented to by ' +
      'any user in the tenant.',
  );
}

function refuseResource(form: URLSearchParams): void {
  if (form.has('resource')) throw refuse.resourceOnV2("The 'resource' request parameter is not supported.");
}

/** The requested scope of an API, ignoring those of OpenID Connect. */
function oneScope(text: string): string {
  const [scope, ...others] = text.split(/ +/).filter((part) => !ofOpenId.test(part));
  if (scope !== undefined && others.length === 0) return scope;
  throw refuse.malformedScope(
    `The provided request must include a 'scope' input parameter. The provided value for the input parameter ` +
      `'scope' is not valid. The scope ${printable(text)} is not valid.`,
  );
}

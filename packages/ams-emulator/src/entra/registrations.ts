import { createHash, randomBytes, type KeyObject, type X509Certificate } from 'node:crypto';

/** The application's registration apart from the secret, and the state of sign-ins. */
export interface Registrations {
  readonly certificates: X509Certificate[];
  /** Trusts any certificate with one of these subjects and issuers. */
  readonly trustedSubjects: { readonly subject: string; readonly issuer: X509Certificate }[];
  readonly federatedCredentials: FederatedCredential[];
  /** AADSTS numbers for the next token requests to fail with. */
  readonly refusals: number[];
  readonly user: User;
  readonly codes: Map<string, AuthorizationCode>;
  readonly deviceCodes: Map<string, DeviceCode>;
  readonly refreshTokens: Map<string, RefreshToken>;
  /** How the user answers a sign-in page. */
  personDeclines: boolean;
  readonly host: Host;
}

export interface FederatedCredential {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
  /** The issuer's key; the real service finds it at the issuer's address, which this one cannot reach. */
  readonly publicKey: KeyObject;
}

export interface User {
  readonly id: string;
  readonly name: string;
  readonly userPrincipalName: string;
}

/** Times in milliseconds since 1970. */
export interface AuthorizationCode {
  readonly redirectUri: string;
  readonly challenge: string;
  readonly method: string;
  /** Undefined if a version 1 request named no resource. */
  readonly resource: string | undefined;
  readonly scopes: readonly string[];
  readonly nonce: string | undefined;
  readonly expires: number;
  isUsed: boolean;
}

export interface DeviceCode {
  readonly userCode: string;
  readonly resource: string;
  readonly scopes: readonly string[];
  readonly expires: number;
  intervalMs: number;
  lastPoll: number;
  state: 'pending' | 'approved' | 'declined';
}

export interface RefreshToken {
  readonly scopes: readonly string[];
  lastUsed: number;
  isRevoked: boolean;
}

/** The machine or app whose managed identities the metadata endpoints serve. */
export interface Host {
  readonly userAssigned: {
    readonly clientId: string;
    readonly objectId: string;
    readonly resourceId: string;
  };
  /** Value of the X-IDENTITY-HEADER of App Service. */
  readonly identityHeader: string;
  /** The folder for key files of the Azure Arc endpoint; undefined until `startArc`. */
  arcKeyFolder: string | undefined;
  readonly arcKeys: Map<string, string>;
}

/** The registrations of a new application, which has only a secret. */
export function createRegistrations(clientId: string, tenantDomain: string): Registrations {
  return {
    certificates: [],
    trustedSubjects: [],
    federatedCredentials: [],
    refusals: [],
    user: {
      id: guidOf(`${clientId} user`),
      name: 'Local Person',
      userPrincipalName: `person@${tenantDomain}`,
    },
    codes: new Map(),
    deviceCodes: new Map(),
    refreshTokens: new Map(),
    personDeclines: false,
    host: {
      userAssigned: {
        clientId: guidOf(`${clientId} identity client`),
        objectId: guidOf(`${clientId} identity object`),
        resourceId:
          `/subscriptions/${guidOf(`${clientId} subscription`)}/resourcegroups/local/providers/` +
          'Microsoft.ManagedIdentity/userAssignedIdentities/local',
      },
      identityHeader: randomBytes(24).toString('base64url'),
      arcKeyFolder: undefined,
      arcKeys: new Map(),
    },
  };
}

/** A GUID derived from a text, so that it need not be stored. */
function guidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = `8${hex.slice(17, 20)}`;
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, variant, hex.slice(20, 32)].join('-');
}

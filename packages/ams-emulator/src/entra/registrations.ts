import { createHash, randomBytes, type KeyObject, type X509Certificate } from 'node:crypto';

/** What the application's registration knows besides the secret, and what sign-ins have left behind. */
export interface Registrations {
  readonly certificates: X509Certificate[];
  /** Certificates of these subjects, issued by these authorities, need no registration each. */
  readonly trustedSubjects: { readonly subject: string; readonly issuer: X509Certificate }[];
  readonly federatedCredentials: FederatedCredential[];
  /** AADSTS numbers that the next token requests shall be refused with. */
  readonly refusals: number[];
  readonly user: User;
  readonly codes: Map<string, AuthorizationCode>;
  readonly deviceCodes: Map<string, DeviceCode>;
  readonly refreshTokens: Map<string, RefreshToken>;
  /** What the person does whose browser is sent to sign in. */
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
  /** Undefined when version 1 was not told one. */
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
  /** Where the face of the Arc agent puts its key files; undefined while there is no agent. */
  arcKeyFolder: string | undefined;
  readonly arcKeys: Map<string, string>;
}

/** The registrations of an application at its first day: a secret, and nothing else. */
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

/** The same guid for the same text, so that nothing of this has to be kept between two starts. */
function guidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = `8${hex.slice(17, 20)}`;
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, variant, hex.slice(20, 32)].join('-');
}

import { createPublicKey, X509Certificate } from 'node:crypto';
import { aadstsCodes, aadstsError } from './aadsts';
import type { Directory } from './directory';
import type { Host, User } from './registrations';

/** Controls of the directory for tests. */
export interface EntraControl {
  /** The directory's only user, who may use Media Services. */
  readonly user: User;
  /** The identity of a host besides its own. */
  readonly userAssignedIdentity: Host['userAssigned'];
  /** `IDENTITY_ENDPOINT` and `IDENTITY_HEADER` of an app on App Service. */
  readonly appService: { readonly endpoint: string; readonly header: string };
  /** `IDENTITY_ENDPOINT` of a machine with Azure Arc. */
  readonly arcEndpoint: string;
  /** Starts the Azure Arc endpoint, which writes its key files into this folder. */
  startArc(keyFolder: string): void;
  /** Registers a certificate (PEM) of the application. */
  addCertificate(pem: string): void;
  /** Trusts all certificates of a subject (`CN=name`, as Node prints it) that an authority (PEM) issued. */
  trustSubject(subject: string, issuerPem: string): void;
  /** Trusts the assertions of another identity provider, signed with this key (PEM). */
  addFederatedCredential(credential: {
    readonly issuer: string;
    readonly subject: string;
    readonly audience: string;
    readonly publicKey: string;
  }): void;
  /** The AADSTS numbers that `refuseNext` knows. */
  readonly aadstsCodes: readonly number[];
  /** Refuses the next token request with this AADSTS number. Throws TypeError for a number not in the table. */
  refuseNext(code: number): void;
  /** Whether the user declines the next sign-ins; default false. */
  personDeclines(declines: boolean): void;
  /** The user's answer to a device code. Throws TypeError for an unknown code. */
  answerDeviceCode(userCode: string, answer: 'approved' | 'declined'): void;
  /** Ends all refresh tokens, as an administrator or a new password does. */
  revokeSignIns(): void;
}

/** The controls of the directory at the URL `authority`. */
export function entraControl({ registrations }: Directory, authority: string): EntraControl {
  const { certificates, trustedSubjects, federatedCredentials, refusals, host } = registrations;
  return {
    user: registrations.user,
    userAssignedIdentity: host.userAssigned,
    appService: { endpoint: `${authority}/msi/token`, header: host.identityHeader },
    arcEndpoint: `${authority}/arc/metadata/identity/oauth2/token`,
    startArc(keyFolder) {
      host.arcKeyFolder = keyFolder;
    },
    addCertificate: (pem) => void certificates.push(new X509Certificate(pem)),
    trustSubject: (subject, issuerPem) =>
      void trustedSubjects.push({ subject, issuer: new X509Certificate(issuerPem) }),
    addFederatedCredential: ({ publicKey, ...names }) =>
      void federatedCredentials.push({ ...names, publicKey: createPublicKey(publicKey) }),
    aadstsCodes,
    refuseNext(code) {
      aadstsError(code);
      refusals.push(code);
    },
    personDeclines(declines) {
      registrations.personDeclines = declines;
    },
    answerDeviceCode(userCode, answer) {
      const code = [...registrations.deviceCodes.values()].find((each) => each.userCode === userCode);
      if (code === undefined) throw new TypeError(`there is no device code for ${userCode}`);
      code.state = answer;
    },
    revokeSignIns() {
      for (const token of registrations.refreshTokens.values()) token.isRevoked = true;
    },
  };
}

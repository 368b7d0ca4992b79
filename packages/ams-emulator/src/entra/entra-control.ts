import { createPublicKey, X509Certificate } from 'node:crypto';
import { aadstsCodes, aadstsError } from './aadsts';
import type { Directory } from './directory';
import type { Host, User } from './registrations';

/** What a test may do to the directory besides asking it for tokens. */
export interface EntraControl {
  /** The one person of the directory, who may use Media Services. */
  readonly user: User;
  /** The identity of a host besides its own. */
  readonly userAssignedIdentity: Host['userAssigned'];
  /** `IDENTITY_ENDPOINT` and `IDENTITY_HEADER` of an app on App Service. */
  readonly appService: { readonly endpoint: string; readonly header: string };
  /** `IDENTITY_ENDPOINT` of a machine with Azure Arc. */
  readonly arcEndpoint: string;
  /** Makes the face of the Arc agent answer, and write its key files into this folder. */
  startArc(keyFolder: string): void;
  /** Registers a certificate (PEM) of the application. */
  addCertificate(pem: string): void;
  /** Trusts all certificates of a subject, as Node prints it (`CN=name`), that an authority (PEM) issued. */
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
  /** The next token request is refused with this AADSTS number. Throws TypeError for a number without an answer. */
  refuseNext(code: number): void;
  /** What the person does at the next sign-ins; default: signs in. */
  personDeclines(declines: boolean): void;
  /** What the person does with a device code that they were shown. Throws TypeError for an unknown one. */
  answerDeviceCode(userCode: string, answer: 'approved' | 'declined'): void;
  /** Ends all refresh tokens, as an administrator or a new password does. */
  revokeSignIns(): void;
}

/** The controls of a directory that is reached at `authority`. */
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

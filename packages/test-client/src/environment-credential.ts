/**
 * Picks a credential from the variables that Azure tools share, and says which and why.
 *
 * The order is that of `DefaultAzureCredential`: what somebody set on purpose comes before what the platform sets. The
 * machine's own identity (IMDS) is the last resort, as only a request can find out whether there is one.
 */
import { readFileSync } from 'node:fs';
import {
  appServiceCredential,
  arcCredential,
  clientAssertionCredential,
  clientCertificateCredential,
  gitHubActionsAssertion,
  imdsCredential,
  workloadIdentityCredential,
  explainRefusal,
} from 'ams-rest/credentials';
import { clientSecretCredential, type TokenCredential, type Transport } from 'ams-rest';

export type EnvironmentCredentialKind =
  | 'client secret'
  | 'client certificate'
  | 'Kubernetes workload identity'
  | 'GitHub Actions'
  | 'App Service managed identity'
  | 'Azure Arc managed identity'
  | 'virtual machine managed identity';

export interface EnvironmentCredential {
  readonly kind: EnvironmentCredentialKind;
  /** Which variables decided it; only names, never values. */
  readonly reason: string;
  readonly credential: TokenCredential;
}

type Environment = Readonly<Record<string, string | undefined>>;

interface Candidate {
  readonly kind: EnvironmentCredentialKind;
  /** Taken when all of them have a value. */
  readonly variables: readonly string[];
  readonly make: (
    value: (name: string) => string,
    transport: Partial<{ transport: Transport }>,
  ) => TokenCredential;
}

const APP = ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID'];

const CANDIDATES: readonly Candidate[] = [
  {
    kind: 'client secret',
    variables: [...APP, 'AZURE_CLIENT_SECRET'],
    make: (value, transport) =>
      clientSecretCredential({
        ...app(value),
        clientSecret: value('AZURE_CLIENT_SECRET'),
        explain: explainRefusal,
        ...transport,
      }),
  },
  {
    kind: 'client certificate',
    variables: [...APP, 'AZURE_CLIENT_CERTIFICATE_PATH'],
    make: (value, transport) => {
      const passphrase = value('AZURE_CLIENT_CERTIFICATE_PASSWORD');
      return clientCertificateCredential({
        ...app(value),
        certificate: readFileSync(value('AZURE_CLIENT_CERTIFICATE_PATH')),
        sendCertificateChain: /^(1|true)$/i.test(value('AZURE_CLIENT_SEND_CERTIFICATE_CHAIN')),
        ...(passphrase && { passphrase }),
        ...transport,
      });
    },
  },
  {
    kind: 'Kubernetes workload identity',
    variables: [...APP, 'AZURE_FEDERATED_TOKEN_FILE'],
    make: (value, transport) =>
      workloadIdentityCredential({
        ...app(value),
        tokenFilePath: value('AZURE_FEDERATED_TOKEN_FILE'),
        ...transport,
      }),
  },
  {
    kind: 'GitHub Actions',
    variables: [...APP, 'ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'],
    make: (value, transport) =>
      clientAssertionCredential({
        ...app(value),
        assertion: gitHubActionsAssertion({
          requestUrl: value('ACTIONS_ID_TOKEN_REQUEST_URL'),
          requestToken: value('ACTIONS_ID_TOKEN_REQUEST_TOKEN'),
          ...transport,
        }),
        ...transport,
      }),
  },
  {
    kind: 'App Service managed identity',
    variables: ['IDENTITY_ENDPOINT', 'IDENTITY_HEADER'],
    make: (value, transport) =>
      appServiceCredential({
        endpoint: value('IDENTITY_ENDPOINT'),
        header: value('IDENTITY_HEADER'),
        ...userAssigned(value),
        ...transport,
      }),
  },
  {
    kind: 'Azure Arc managed identity',
    variables: ['IDENTITY_ENDPOINT', 'IMDS_ENDPOINT'],
    make: (value, transport) =>
      arcCredential({ endpoint: value('IDENTITY_ENDPOINT'), ...userAssigned(value), ...transport }),
  },
  {
    kind: 'virtual machine managed identity',
    variables: [],
    make: (value, transport) => {
      const host = value('AZURE_POD_IDENTITY_AUTHORITY_HOST');
      return imdsCredential({ ...(host && { host }), ...userAssigned(value), ...transport });
    },
  },
];

/**
 * Picks the first credential whose variables are all set; nothing is sent yet.
 *
 * @param env Such as `process.env`; a value of blanks counts as none.
 * @throws TypeError of the credential when a value cannot be right, Node's error when the certificate cannot be read.
 */
export function environmentCredential(env: Environment, transport?: Transport): EnvironmentCredential {
  const value = (name: string) => env[name]?.trim() ?? '';
  const isSet = (name: string) => value(name) !== '';
  for (const { kind, variables, make } of CANDIDATES) {
    if (!variables.every(isSet)) continue;
    const credential = make(value, transport ? { transport } : {});
    return { kind, reason: reasonFor(kind, variables, isSet), credential };
  }
  throw new Error('the last candidate needs no variable');
}

/** Also names the variables that were ignored, so that people notice that one of three is missing. */
function reasonFor(
  kind: EnvironmentCredentialKind,
  variables: readonly string[],
  isSet: (name: string) => boolean,
): string {
  if (variables.length > 0) return `${kind}: ${variables.join(', ')} are set`;
  const halves = CANDIDATES.flatMap((candidate) => {
    const missing = candidate.variables.filter((name) => !isSet(name));
    const isHalf = missing.length > 0 && missing.length < candidate.variables.length;
    return isHalf ? [`for ${candidate.kind} ${missing.join(' and ')} would be missing`] : [];
  });
  return [`${kind}: nothing else is set up`, ...halves].join('; ');
}

function app(value: (name: string) => string) {
  const authorityHost = value('AZURE_AUTHORITY_HOST');
  const tenantId = value('AZURE_TENANT_ID');
  return { tenantId, clientId: value('AZURE_CLIENT_ID'), ...(authorityHost && { authorityHost }) };
}

/** On a host with managed identities `AZURE_CLIENT_ID` names the user-assigned one. */
function userAssigned(value: (name: string) => string) {
  const clientId = value('AZURE_CLIENT_ID');
  return clientId ? { identity: { clientId } } : {};
}

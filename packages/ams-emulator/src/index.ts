import { firstGroup } from './arm/state';
import type { Clock } from './clock';
import { mediaResource } from './entra/directory';
import { entraControl, type EntraControl } from './entra/entra-control';
import { accountComments, optionsOf, type EmulatorFlags } from './flags';
import type { EmulatorOptions } from './options';
import { start, type Running } from './start';

// For commands that start an emulator.
export { accountComments, optionsOf, type EmulatorFlags };
export type { Clock, EmulatorOptions, EntraControl };

export interface Emulator {
  /** `http://127.0.0.1:PORT`, no trailing slash. */
  readonly url: string;
  /** Base URL of the token endpoint: the same as `url`. */
  readonly authorityHost: string;
  /** Root of the Media Services REST API: `${url}/api/`. */
  readonly apiEndpoint: string;
  /** Blob endpoint of Azurite, with the account in the path. */
  readonly blobEndpoint: string;
  /** The resource to request tokens for: `https://rest.media.azure.net`. */
  readonly resource: string;
  readonly tenantId: string;
  readonly tenantDomain: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Name of the Media Services account. */
  readonly accountName: string;
  /** Every account with the root of its REST API and its key for the Access Control Service. */
  readonly accounts: readonly { readonly name: string; readonly apiEndpoint: string; readonly key: string }[];
  /** Token endpoint of the Access Control Service; undefined without the option `accessControlService`. */
  readonly accessControlEndpoint: string | undefined;
  /** Base URL of Resource Manager, which `/subscriptions/…` follows: the same as `url`. */
  readonly managementEndpoint: string;
  readonly subscriptionId: string;
  /** The resource group of the initial accounts. */
  readonly resourceGroup: string;
  /** Object id of the application's service principal, for role assignments. */
  readonly principalId: string;
  /** Root of the control API (faults, counters, clock): `${url}/_emulator/`. */
  readonly controlEndpoint: string;
  /** The certificate to trust (PEM); undefined without https. */
  readonly certificate: string | undefined;
  /** A client's settings as environment variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Version of the ffmpeg that encodes, for example `5.1.9`. If undefined, the output of a job is its input. */
  readonly ffmpeg: string | undefined;
  /** Certificates, federated credentials, sign-ins, managed identities, planned refusals. */
  readonly entra: EntraControl;
  readonly clock: Clock;
  /** Closes the servers and all open connections, and removes the temporary folder. Can be called repeatedly. */
  close(): Promise<void>;
}

/**
 * Starts a local Azure for Media Services v2: token endpoint, REST API and streaming origin on one port, Blob Storage
 * (Azurite) on another. Rejects with Node's error if it cannot listen on the port.
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  return describe(await start(options));
}

function describe({ services, identity, certificate, close }: Running): Emulator {
  const { tenantId, tenantDomain, clientId, clientSecret } = identity;
  const { url, accounts, clock } = services;
  const [first] = accounts;
  return {
    url,
    authorityHost: url,
    apiEndpoint: first.apiRoot,
    blobEndpoint: first.storage.endpoint,
    resource: mediaResource,
    tenantId,
    tenantDomain,
    clientId,
    clientSecret,
    accountName: first.name,
    accounts: accounts.map(({ name, apiRoot, key }) => ({ name, apiEndpoint: apiRoot, key })),
    accessControlEndpoint: services.hasAccessControl ? `${url}/v2/OAuth2-13` : undefined,
    managementEndpoint: url,
    subscriptionId: services.arm.state.subscriptionId,
    resourceGroup: firstGroup,
    principalId: identity.principalId,
    controlEndpoint: `${url}/_emulator/`,
    certificate: certificate?.certificate,
    env: {
      AZURE_AUTHORITY_HOST: url,
      AZURE_TENANT_ID: tenantDomain,
      AZURE_CLIENT_ID: clientId,
      AZURE_CLIENT_SECRET: clientSecret,
      AMS_ENDPOINT: first.apiRoot,
      AZURE_SUBSCRIPTION_ID: services.arm.state.subscriptionId,
      AZURE_RESOURCE_GROUP: firstGroup,
    },
    ffmpeg: first.ffmpeg?.version,
    entra: entraControl(services.directory, url),
    clock,
    close,
  };
}

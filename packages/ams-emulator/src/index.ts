import { firstGroup } from './arm/state';
import type { Clock } from './clock';
import { mediaResource } from './entra/directory';
import { entraControl, type EntraControl } from './entra/entra-control';
import type { EmulatorOptions } from './options';
import { start, type Running } from './start';

export type { Clock, EmulatorOptions, EntraControl };

export interface Emulator {
  /** `http://127.0.0.1:PORT`, no trailing slash. */
  readonly url: string;
  /** Where tokens are given: the same as `url`. */
  readonly authorityHost: string;
  /** Root of the Media Services REST API: `${url}/api/`. */
  readonly apiEndpoint: string;
  /** Azurite, with the account in the path. */
  readonly blobEndpoint: string;
  /** What a token must be asked for: `https://rest.media.azure.net`. */
  readonly resource: string;
  readonly tenantId: string;
  readonly tenantDomain: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Name of the Media Services account. */
  readonly accountName: string;
  /** Every account with the root of its REST API and its key for the Access Control Service. */
  readonly accounts: readonly { readonly name: string; readonly apiEndpoint: string; readonly key: string }[];
  /** Resource Manager: `url`, with `/subscriptions/…` behind it. */
  readonly managementEndpoint: string;
  readonly subscriptionId: string;
  /** The group of the accounts that are there from the start. */
  readonly resourceGroup: string;
  /** Object id of the application's service principal, which roles are given to. */
  readonly principalId: string;
  /** Where faults are planned and requests are counted: `${url}/_emulator/`. */
  readonly controlEndpoint: string;
  /** The certificate to trust, PEM; undefined without https. */
  readonly certificate: string | undefined;
  /** The settings of a client as environment variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Certificates, federated credentials, sign-ins, managed identities, planned refusals. */
  readonly entra: EntraControl;
  readonly clock: Clock;
  /** Stops the servers with all open connections, and removes the temporary folder. May be called again. */
  close(): Promise<void>;
}

/**
 * Starts a local Azure for Media Services v2: token endpoint, REST API and streaming origin on one port, Blob Storage
 * (Azurite) on another. Rejects with Node's error when the port cannot be had.
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
    entra: entraControl(services.directory, url),
    clock,
    close,
  };
}

// Several accounts: those in one directory share a credential, and all share the connections.
import { AmsClient, clientSecretCredential, undiciTransport, type ClientSecretOptions } from 'ams-rest';

export interface Account {
  readonly endpoint: string;
  readonly identity: ClientSecretOptions;
}

export function openAccounts(accounts: Readonly<Record<string, Account>>): Map<string, AmsClient> {
  const transport = undiciTransport();
  const credentials = new Map<string, ReturnType<typeof clientSecretCredential>>();
  const credentialOf = (identity: ClientSecretOptions) => {
    const key = `${identity.tenantId} ${identity.clientId}`;
    const credential = credentials.get(key) ?? clientSecretCredential({ ...identity, transport });
    credentials.set(key, credential);
    return credential;
  };
  return new Map(
    Object.entries(accounts).map(([name, { endpoint, identity }]) => [
      name,
      new AmsClient({ endpoint, credential: credentialOf(identity), transport }),
    ]),
  );
}

// Key Vault: read, write and list secrets. Every request carries the API version, next links already have it.
import { RestClient, ServiceError, type TokenCredential } from 'ams-rest';

/** @param vault Its URL, `https://<name>.vault.azure.net`. */
export function keyVaultClient(vault: string, credential: TokenCredential): RestClient {
  return new RestClient({
    endpoint: vault,
    credential,
    scope: 'https://vault.azure.net/.default',
    query: { 'api-version': '7.4' },
  });
}

/** The secret's current value, or undefined if the secret does not exist; needs Key Vault Secrets User. */
export async function readSecret(vault: RestClient, name: string): Promise<string | undefined> {
  try {
    return (await vault.json<{ value: string }>('GET', `secrets/${encodeURIComponent(name)}`)).value;
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'SecretNotFound') return undefined;
    throw error;
  }
}

/** Needs Key Vault Secrets Officer. */
export async function writeSecret(vault: RestClient, name: string, value: string): Promise<void> {
  await vault.request('PUT', `secrets/${encodeURIComponent(name)}`, { body: { value } });
}

export async function secretNames(vault: RestClient): Promise<string[]> {
  const names: string[] = [];
  for await (const { id } of vault.list<{ id: string }>('secrets'))
    names.push(id.slice(id.lastIndexOf('/') + 1));
  return names;
}

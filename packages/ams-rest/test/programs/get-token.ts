/**
 * Gets one token through a Redis that other processes share, and prints the SHA-256 of it: never the token itself.
 * Arguments: URL of Redis, authority host, tenant, client; the secret and the key are in the environment.
 */
import { createHash } from 'node:crypto';
import KeyvRedis from '@keyv/redis';
import Keyv from 'keyv';
import { clientSecretCredential } from '../../src';
import { sharedTokens } from '../../src/credentials';

async function main([redis = '', authorityHost = '', tenantId = '', clientId = '']: string[]): Promise<void> {
  const store = new Keyv({ store: new KeyvRedis(redis) });
  const credential = clientSecretCredential({
    ...{ authorityHost, tenantId, clientId },
    clientSecret: process.env['PLANTED_SECRET'] ?? '',
    tokenStore: sharedTokens({
      store,
      encryptionKey: Buffer.from(process.env['PLANTED_KEY'] ?? '', 'base64'),
      storeTimeoutMs: 10_000,
      onStoreError: (error) => console.error(error),
    }),
  });
  const { token } = await credential.getToken('https://rest.media.azure.net/.default');
  console.log(createHash('sha256').update(token).digest('hex'));
  await store.disconnect();
}

void main(process.argv.slice(2));

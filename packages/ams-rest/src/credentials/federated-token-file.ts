/** Assertions from a file that another process replaces, such as Kubernetes' projected service account tokens. */
import { open } from 'node:fs/promises';
import { clientAssertionCredential, type AssertionSource } from './client-assertion';
import type { ClientCredentialsOptions } from '../token/client-credentials';
import type { CachedCredential } from '../token/token-cache';
import type { TokenResponse } from '../token/token-endpoint';

/** The application, and the file with its federated token. */
export interface WorkloadIdentityOptions extends ClientCredentialsOptions {
  /** `AZURE_FEDERATED_TOKEN_FILE` of Azure Workload Identity for Kubernetes. */
  readonly tokenFilePath: string;
}

const MAX_BYTES = 64 * 1024;

/**
 * An assertion source that reads `path` at every exchange, as the file is replaced often.
 *
 * @throws TypeError when the path is empty; the source throws Node's error when the file cannot be read, and
 *   TypeError when it is larger than 64 KiB.
 */
export function fileAssertion(path: string): AssertionSource {
  if (!path) throw new TypeError('the path of the federated token file is empty');
  return async () => {
    const file = await open(path, 'r');
    try {
      const buffer = Buffer.alloc(MAX_BYTES + 1);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
      if (bytesRead > MAX_BYTES) throw new TypeError('the federated token file is too large for a token');
      return buffer.toString('latin1', 0, bytesRead).trim();
    } finally {
      await file.close();
    }
  };
}

/**
 * A credential for a pod with Azure Workload Identity: its service account token is the client assertion.
 *
 * The webhook's variables can be used unchanged: `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`,
 * `AZURE_AUTHORITY_HOST` (with its trailing slash) and `AZURE_FEDERATED_TOKEN_FILE`.
 *
 * @throws TypeError for invalid settings; `getToken` throws what `requestToken` and `fileAssertion` throw.
 */
export function workloadIdentityCredential(
  options: WorkloadIdentityOptions,
): CachedCredential<TokenResponse> {
  return clientAssertionCredential({ ...options, assertion: fileAssertion(options.tokenFilePath) });
}

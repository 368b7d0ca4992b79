/**
 * Stored access policies of a container ("Set Container ACL"), at most five. A SAS refers to one with `si`.
 *
 * The service replaces all policies and the public access level together, so a change is read, modified and written.
 */
import { ServiceError } from '../http/errors';
import type { HttpResponse, Transport } from '../http/messages';
import { sendToStorage, xmlAnswer, type StorageOptions } from './storage-request';
import { child, childText, escapeXml } from './xml';

/** A stored access policy. Changing it changes every SAS that names it. */
export interface StoredPolicy {
  /** 1 to 64 characters; the `si` of a SAS. */
  readonly id: string;
  /** ISO 8601 in UTC; a value that is omitted here must be in the SAS. */
  readonly start?: string;
  readonly expiry?: string;
  /** Letters, in the order `racwdl`. */
  readonly permission?: string;
}

/** Access to a container other than by key or token. */
export interface ContainerAccess {
  readonly policies: readonly StoredPolicy[];
  /** What can be read without authorization; undefined for nothing. */
  readonly publicAccess: 'container' | 'blob' | undefined;
}

interface ReadAccess extends ContainerAccess {
  readonly lastModified: string | undefined;
}

const MAX_POLICIES = 5;
export const MAX_TRIES = 5;

/** Reads the policies and the public access level of a container. Needs the account key. */
export async function getContainerAccess(
  transport: Transport,
  containerUrl: string,
  options: StorageOptions = {},
): Promise<ReadAccess> {
  return (await readAccess(transport, containerUrl, options)).access;
}

async function readAccess(
  transport: Transport,
  containerUrl: string,
  options: StorageOptions,
): Promise<{ access: ReadAccess; response: HttpResponse }> {
  const query = { restype: 'container', comp: 'acl' };
  const request = { method: 'GET', url: containerUrl, query, expected: [200] } as const;
  const { response } = await sendToStorage(transport, request, options);
  const level = response.headers['x-ms-blob-public-access'];
  const list = xmlAnswer('GET', containerUrl, response).children;
  const access: ReadAccess = {
    policies: list.map((signed) => {
      const policy = child(signed, 'AccessPolicy');
      return {
        id: childText(signed, 'Id'),
        start: childText(policy, 'Start'),
        expiry: childText(policy, 'Expiry'),
        permission: childText(policy, 'Permission'),
      };
    }),
    publicAccess: level === 'container' || level === 'blob' ? level : undefined,
    lastModified: response.headers['last-modified'],
  };
  return { access, response };
}

/**
 * Replaces the policies and the public access level of a container. Needs the account key.
 *
 * A new policy can take 30 seconds to work. With `ifUnmodifiedSince`, fails if the container has changed since then; the
 * comparison is to the second.
 *
 * @throws TypeError for more than five policies or a bad id; ServiceError.
 */
export async function setContainerAccess(
  transport: Transport,
  containerUrl: string,
  access: ContainerAccess,
  {
    ifUnmodifiedSince,
    ...options
  }: StorageOptions & { readonly ifUnmodifiedSince?: string | undefined } = {},
): Promise<void> {
  const query = { restype: 'container', comp: 'acl' };
  const headers = {
    'content-type': 'application/xml',
    'x-ms-blob-public-access': access.publicAccess,
    'if-unmodified-since': ifUnmodifiedSince,
  };
  const body = signedIdentifiersXml(access.policies);
  const findWritten = async () => {
    const found = await readAccess(transport, containerUrl, options);
    const isOurs =
      found.access.publicAccess === access.publicAccess &&
      signedIdentifiersXml(found.access.policies) === body;
    return isOurs ? found.response : undefined;
  };
  const onCondition = ifUnmodifiedSince !== undefined && { findWritten };
  await sendToStorage(
    transport,
    { method: 'PUT', url: containerUrl, query, headers, body, expected: [200], ...onCondition },
    options,
  );
}

/**
 * Reads the policies, changes them and writes them back; starts again if they were changed meanwhile.
 *
 * A change by another writer within the same second can be overwritten: the service has no finer condition.
 *
 * @param change Receives the current policies and returns the new ones.
 */
export async function updateStoredPolicies(
  transport: Transport,
  containerUrl: string,
  change: (policies: readonly StoredPolicy[]) => readonly StoredPolicy[],
  options: StorageOptions = {},
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const { policies, publicAccess, lastModified } = await getContainerAccess(
      transport,
      containerUrl,
      options,
    );
    try {
      const access = { policies: change(policies), publicAccess };
      await setContainerAccess(transport, containerUrl, access, {
        ...options,
        ifUnmodifiedSince: lastModified,
      });
      return;
    } catch (error) {
      const raced = error instanceof ServiceError && error.status === 412;
      // With an unknown outcome, changing what is there now could make the change twice.
      if (!raced || error.outcomeUnknown || tries >= MAX_TRIES) throw error;
    }
  }
}

function signedIdentifiersXml(policies: readonly StoredPolicy[]): string {
  if (policies.length > MAX_POLICIES) throw new TypeError(`a container has ${MAX_POLICIES} policies at most`);
  const element = (name: string, text: string | undefined) =>
    text === undefined || text === '' ? '' : `<${name}>${escapeXml(text)}</${name}>`;
  const items = policies.map(({ id, start, expiry, permission }) => {
    if (id === '' || id.length > 64) throw new TypeError('the id of a policy has 1 to 64 characters');
    const policy = element('Start', start) + element('Expiry', expiry) + element('Permission', permission);
    return `<SignedIdentifier>${element('Id', id)}<AccessPolicy>${policy}</AccessPolicy></SignedIdentifier>`;
  });
  return `<?xml version="1.0" encoding="utf-8"?><SignedIdentifiers>${items.join('')}</SignedIdentifiers>`;
}

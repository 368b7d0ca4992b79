/** Addresses that carry their own permission: a container or blob URL with a shared access signature. */
import { isMalformed, parseBaseUrl } from '../http';

/**
 * The service version that carries out a request made with this SAS.
 *
 * A SAS before 2014-02-14 is executed with the version in its own `sv`, and a sent x-ms-version is ignored
 * ("Previous Azure Storage service versions"); from then on x-ms-version decides.
 */
export function effectiveVersion(sasUrl: string, sentVersion: string): string {
  const signed = new URL(sasUrl).searchParams.get('sv');
  return signed !== null && signed < '2014-02-14' ? signed : sentVersion;
}

/**
 * Puts a blob's name into a container's URL: `https://host/container?sas` becomes `https://host/container/name?sas`.
 *
 * @param containerUrl A SAS locator's `Path`, or a container's URL without a SAS.
 * @param blobName May contain `/` for virtual folders; everything else special is percent-encoded.
 * @throws TypeError when the URL is no https address (http on loopback), or the name could not be one: 1 to 1024
 *   characters, no control character or backslash, nothing that a URL would take for "this folder" or "the one above".
 */
export function blobUrlInContainer(containerUrl: string, blobName: string): string {
  const [address = ''] = containerUrl.split('?', 1);
  const base = parseBaseUrl(address, 'the container URL');
  const parts = blobName.split('/');
  if (blobName === '' || blobName.length > 1024 || isMalformed(blobName) || /[\0-\x1f\x7f\\]/.test(blobName))
    throw new TypeError(
      'a blob name has 1 to 1024 characters, none of them a control character or backslash',
    );
  if (parts.some((part) => part === '.' || part === '..' || part === ''))
    throw new TypeError('a blob name must not have ".", ".." or nothing between its slashes');
  const path = parts.map(encodeURIComponent).join('/');
  return `${base.href.replace(/\/+$/, '')}/${path}${containerUrl.slice(address.length)}`;
}

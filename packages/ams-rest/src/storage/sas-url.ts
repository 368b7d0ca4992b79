/** Container and blob URLs with a shared access signature. */
import { isMalformed, parseBaseUrl } from '../http/url';

/**
 * The service version that executes a request made with this SAS.
 *
 * A SAS before 2014-02-14 is executed with the version in its own `sv`, and a sent x-ms-version is ignored
 * ("Previous Azure Storage service versions"). For a later SAS, x-ms-version decides.
 */
export function effectiveVersion(sasUrl: string, sentVersion: string): string {
  const signed = new URLSearchParams(sasUrl.split('?')[1]).get('sv');
  return signed !== null && signed < '2014-02-14' ? signed : sentVersion;
}

/**
 * Adds a blob's name to a container's URL: `https://host/container?sas` becomes `https://host/container/name?sas`.
 *
 * @param containerUrl A SAS locator's `Path`, or a container's URL without a SAS.
 * @param blobName As `listBlobs` returns it. `/` separates virtual folders, even at the ends or repeated; other special
 *   characters are percent-encoded.
 * @throws TypeError when the URL is not https (http on loopback), the name is empty, longer than 1024 characters or not
 *   well-formed Unicode, it has a backslash, which the service turns into a slash, or one of its parts is `.` or `..`,
 *   which URL parsers resolve even when encoded.
 */
export function blobUrlInContainer(containerUrl: string, blobName: string): string {
  const [address = ''] = containerUrl.split('?', 1);
  const base = parseBaseUrl(address, 'the container URL');
  const parts = blobName.split('/');
  if (blobName === '' || blobName.length > 1024 || isMalformed(blobName))
    throw new TypeError('a blob name has 1 to 1024 characters of well-formed Unicode');
  if (blobName.includes('\\'))
    throw new TypeError('a blob name must not have a backslash: the service would turn it into a slash');
  if (parts.some((part) => part === '.' || part === '..'))
    throw new TypeError('a blob name must not have "." or ".." between its slashes: a URL cannot name it');
  const path = parts.map(encodeURIComponent).join('/');
  return `${base.href.replace(/\/+$/, '')}/${path}${containerUrl.slice(address.length)}`;
}

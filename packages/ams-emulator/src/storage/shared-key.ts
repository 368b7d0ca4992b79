import { createHmac } from 'node:crypto';

/** A storage account with its key in base64. */
export interface StorageKey {
  readonly name: string;
  readonly key: string;
}

const sign = ({ key }: StorageKey, text: string): string =>
  createHmac('sha256', Buffer.from(key, 'base64')).update(text, 'utf8').digest('base64');

/**
 * The Authorization header of a request to the blob service.
 * Source: Microsoft's "Authorize with Shared Key", string-to-sign of versions 2015-02-21 and later.
 */
export function sharedKey(
  account: StorageKey,
  method: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
  contentLength: number,
): string {
  const length = contentLength === 0 ? '' : String(contentLength);
  const canonicalHeaders = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => name.startsWith('x-ms-'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`)
    .join('');
  const parameters = [...url.searchParams]
    .map(([name, value]) => `\n${name.toLowerCase()}:${value}`)
    .sort()
    .join('');
  // Path-style URL, so the account appears twice.
  const resource = `/${account.name}${url.pathname}${parameters}`;
  const type = headers['Content-Type'] ?? '';
  const range = headers['Range'] ?? '';
  const lines = [method, '', '', length, '', type, '', '', '', '', '', range];
  return `SharedKey ${account.name}:${sign(account, `${lines.join('\n')}\n${canonicalHeaders}${resource}`)}`;
}

/** Start and end as written in the URL. */
export interface SasFields {
  readonly container: string;
  readonly policy: string;
  readonly start: string | undefined;
  readonly expiry: string;
}

/**
 * The query of a Media Services SAS locator: `?sv=2012-02-12&sr=c&si=…&sig=…&st=…&se=…`, in that order.
 *
 * The permissions are those of the stored access policy. Azurite checks the signature of every version before
 * 2018-11-09 in the layout of 2015-04-05, so that layout is signed although 2012-02-12 is printed.
 */
export function sasQuery(account: StorageKey, { container, policy, start, expiry }: SasFields): string {
  const version = '2012-02-12';
  const resource = `/blob/${account.name}/${container}`;
  const fields = ['', start ?? '', expiry, resource, policy, '', '', version, '', '', '', '', ''];
  const signature = encodeURIComponent(sign(account, fields.join('\n')));
  const startPart = start === undefined ? '' : `&st=${encodeURIComponent(start)}`;
  return `?sv=${version}&sr=c&si=${policy}&sig=${signature}${startPart}&se=${encodeURIComponent(expiry)}`;
}

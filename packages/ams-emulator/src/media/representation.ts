import { escapeXml } from '../xml';
import { ServiceError } from './errors';

/** The JSON dialects of OData 3.0: "light" (minimal metadata) and verbose. */
export type Format = 'light' | 'verbose';

export const contentTypes: Readonly<Record<Format, string>> = {
  light: 'application/json;odata=minimalmetadata;streaming=true;charset=utf-8',
  verbose: 'application/json;odata=verbose;charset=utf-8',
};

/** The format requested by an Accept header; undefined for an unsupported one, such as Atom. */
export function formatOf(accept: string | undefined): Format | undefined {
  if (accept === undefined || accept.trim() === '') return 'verbose';
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    if (type === '*/*' || type === 'application/*') return 'verbose';
    if (type !== 'application/json') continue;
    return parameters.some((parameter) => /^odata\s*=\s*"?verbose"?$/.test(parameter)) ? 'verbose' : 'light';
  }
  return undefined;
}

/** The format of a request body. Throws 415 for a content type that is not JSON. */
export function bodyFormatOf(contentType: string | undefined): Format {
  const format = /^\s*application\/json\b/i.test(contentType ?? '') ? formatOf(contentType) : undefined;
  if (format === undefined) throw new ServiceError(415, 'Unsupported media type requested.');
  return format;
}

/** An error in the format; XML for a client that did not request JSON. */
export function writeError(
  format: Format | undefined,
  code: string,
  message: string,
): { type: string; body: string } {
  if (format === undefined) {
    const namespace = 'http://schemas.microsoft.com/ado/2007/08/dataservices/metadata';
    const codeElement = code === '' ? '<m:code />' : `<m:code>${escapeXml(code)}</m:code>`;
    return {
      type: 'application/xml;charset=utf-8',
      body:
        `<?xml version="1.0" encoding="utf-8"?><m:error xmlns:m="${namespace}">${codeElement}` +
        `<m:message xml:lang="en-US">${escapeXml(message)}</m:message></m:error>`,
    };
  }
  const error = { code, message: { lang: 'en-US', value: message } };
  return {
    type: contentTypes[format],
    body: JSON.stringify(format === 'light' ? { 'odata.error': error } : { error }),
  };
}

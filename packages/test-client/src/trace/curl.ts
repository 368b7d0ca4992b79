/** An exchange as a curl command, with shell variables in place of secrets. */
import type { Recorded } from './recorder';

export interface CurlCommand {
  /** Empty when curl cannot repeat the exchange. */
  readonly command: string;
  /** What to know before it is run; may be empty. */
  readonly note: string;
}

const NOT_NEEDED = new Set(['content-length', 'connection', 'host']);
/** Stands around the name of a variable until everything else is quoted; it is in no request. */
const MARK = '\0';

export function asCurl({
  method,
  url,
  request,
  scheme,
}: Pick<Recorded, 'method' | 'url' | 'request' | 'scheme'>): CurlCommand {
  if (/^SharedKey/i.test(scheme))
    return {
      command: '',
      note: 'curl cannot repeat this: a Shared Key signature is for one request at one time, and needs the account key.',
    };
  const parts = [
    method === 'HEAD' ? 'curl --head' : `curl -X ${method}`,
    quote(url.replace(/\bsig=REDACTED/, `sig=${MARK}SIG${MARK}`)),
  ];
  for (const [name, value] of Object.entries(request.headers)) {
    if (NOT_NEEDED.has(name)) continue;
    const credentials = `${scheme} ${MARK}${scheme === 'Bearer' ? 'TOKEN' : 'CREDENTIALS'}${MARK}`;
    const shown =
      name === 'authorization'
        ? credentials
        : value === 'REDACTED'
          ? `${MARK}${variableFor(name)}${MARK}`
          : value;
    parts.push(`-H ${quote(`${name}: ${shown}`)}`);
  }
  const isForm = request.headers['content-type']?.includes('urlencoded') === true;
  const body = isForm
    ? request.body.replace(
        /(\w+)=REDACTED/g,
        (_, name: string) => `${name}=${MARK}${variableFor(name)}${MARK}`,
      )
    : request.body;
  const isWhole = body !== '' && !request.isCut;
  if (isWhole) parts.push(`--data-raw ${quote(body)}`);
  else if (request.bodyBytes > 0) parts.push('--data-binary @file');
  const command = parts.join(' \\\n  ');
  const notes = [
    ...(!isWhole && request.bodyBytes > 0
      ? ['The body is not in the trace: put it into the file named "file".']
      : []),
    ...(command.includes('REDACTED') ? ['REDACTED stands for values that are not in the trace.'] : []),
  ];
  return { command, note: notes.join(' ') };
}

const variableFor = (name: string) => name.replace(/\W/g, '_').toUpperCase();

/** In single quotes, which end and begin again around our variables. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`.replace(/\0(\w+)\0/g, `'"$$$1"'`);
}

/** An exchange as a curl command; where a secret was, it takes a shell variable instead. */
import type { Recorded } from './recorder';

const NOT_NEEDED = new Set(['content-length', 'connection', 'host']);

export function asCurl({ method, url, request }: Pick<Recorded, 'method' | 'url' | 'request'>): string {
  const parts = [`curl -X ${method}`, quote(url.replace(/\bsig=REDACTED/, 'sig=$SIG'))];
  for (const [name, value] of Object.entries(request.headers)) {
    if (NOT_NEEDED.has(name)) continue;
    parts.push(`-H ${quote(`${name}: ${name === 'authorization' ? 'Bearer $TOKEN' : value}`)}`);
  }
  if (request.body)
    parts.push(`--data-raw ${quote(request.body.replace(/(client_secret=)REDACTED/, '$1$CLIENT_SECRET'))}`);
  else if (request.bodyBytes > 0) parts.push('--data-binary @file');
  return parts.join(' \\\n  ');
}

/** In single quotes, from which the variables of ours are let out. */
function quote(text: string): string {
  const quoted = `'${text.replaceAll("'", `'\\''`)}'`;
  return quoted.replace(/\$(SIG|TOKEN|CLIENT_SECRET)\b/g, `'"$$$1"'`);
}

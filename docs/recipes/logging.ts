// A line for each exchange, without secrets: the form of the token request, the Authorization header and the signature
// in a SAS address do not appear. The library's errors contain no secrets.
import { redactUrl, type Transport } from 'ams-rest';

export function loggedTransport(inner: Transport, log: (line: string) => void): Transport {
  return async (request) => {
    const started = performance.now();
    const took = () => `${Math.round(performance.now() - started)} ms`;
    const what = `${request.method} ${redactUrl(request.url)}`;
    try {
      const response = await inner(request);
      const id = response.headers['x-ms-request-id'] ?? '';
      log(`${what} → ${response.status} in ${took()} ${id}`.trimEnd());
      return response;
    } catch (error) {
      log(`${what} failed after ${took()}: ${error instanceof Error ? error.message : 'unknown'}`);
      throw error;
    }
  };
}

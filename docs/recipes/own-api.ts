// Your own API, registered in Entra ID as `api://orders`: a conditional write, a file, and a log of what is retried.
import { RestClient, ServiceError, type TokenCredential } from 'ams-rest';

export interface Order {
  readonly id: string;
  readonly state: 'open' | 'paid';
}

export function ordersClient(
  endpoint: string,
  credential: TokenCredential,
  log: (line: string) => void = () => undefined,
): RestClient {
  return new RestClient({
    endpoint,
    credential,
    scope: 'api://orders/.default',
    timeoutMs: 10_000,
    retry: {
      onRetry: ({ attempt, status, error, delayMs }) =>
        log(`attempt ${attempt} ended with ${status ?? error?.reason}; the next one is in ${delayMs} ms`),
    },
  });
}

/** Pays the order unless somebody changed it after it was read. Returns false when somebody did. */
export async function pay(orders: RestClient, id: string): Promise<boolean> {
  const path = `orders/${encodeURIComponent(id)}`;
  const { body: order, headers } = await orders.request<Order>('GET', path);
  try {
    const unchanged = { 'if-match': headers['etag'] ?? '*' };
    await orders.request('PUT', path, { body: { ...order, state: 'paid' }, headers: unchanged });
    return true;
  } catch (error) {
    if (error instanceof ServiceError && error.status === 412) return false;
    throw error;
  }
}

/** Bytes in, text out. */
export async function attachInvoice(orders: RestClient, id: string, pdf: Uint8Array): Promise<string> {
  return orders.json<string>('POST', `orders/${encodeURIComponent(id)}/invoice`, {
    content: pdf,
    headers: { 'content-type': 'application/pdf' },
    responseType: 'text',
  });
}

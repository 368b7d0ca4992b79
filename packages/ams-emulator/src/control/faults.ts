import { setTimeout as wait } from 'node:timers/promises';
import type { Handler, HttpReply, HttpRequest } from '../http';
import { formatOf, writeError } from '../media/representation';
import type { Fault, FaultKind, Service } from './controls';

interface Instead {
  readonly status: number;
  readonly message: string;
  /** Code of the blob service, and of Resource Manager. */
  readonly storageCode: string;
}

// The texts are those of the service; the numbers are made up, as the real ones were never written down.
const instead: Partial<Record<FaultKind, Instead>> = {
  'server-busy-slow': {
    status: 503,
    message: 'Server is busy. Previous runs of this type of request took more than 30 seconds.',
    storageCode: 'ServerBusy',
  },
  'server-busy-rate': {
    status: 503,
    message: 'Server is busy. More than 50 requests per second can be throttled.',
    storageCode: 'ServerBusy',
  },
  'server-busy-burst': {
    status: 503,
    message: 'Server is busy. More than 500 requests within 60 seconds can be throttled.',
    storageCode: 'ServerBusy',
  },
  'internal-error': {
    status: 500,
    message: 'An error occurred while processing this request.',
    storageCode: 'InternalError',
  },
  'too-many-requests': { status: 429, message: 'Too Many Requests', storageCode: 'ServerBusy' },
};

const gatewayPage =
  '<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>';

/** Answers a request for which a fault was planned. For faults that damage an answer, the service does its work first. */
export async function answerWithFault(
  fault: Fault,
  service: Service,
  request: HttpRequest,
  handler: Handler,
): Promise<HttpReply> {
  switch (fault.kind) {
    case 'cut-connection':
    case 'stall-headers':
      return { status: 500, headers: {}, body: '', spoil: fault.kind };
    case 'cut-answer':
    case 'cut-body':
    case 'stall-body':
    case 'truncate-json':
      return { ...(await handler(request)), spoil: fault.kind };
    case 'delay':
      // Does not keep the process alive for a client that has gone.
      await wait(fault.delayMs ?? 1000, undefined, { ref: false });
      return handler(request);
    case 'server-busy-slow':
    case 'server-busy-rate':
    case 'server-busy-burst':
    case 'internal-error':
    case 'too-many-requests':
    case 'gateway-html':
      return insteadOf(fault, service, request);
  }
}

/** The answer given in place of the service's own. */
export function insteadOf(fault: Fault, service: Service, request: HttpRequest): HttpReply {
  const retry: Record<string, string> =
    fault.retryAfter === undefined ? {} : { 'Retry-After': fault.retryAfter };
  const answer = instead[fault.kind];
  if (answer === undefined) {
    return { status: 502, headers: { 'Content-Type': 'text/html', ...retry }, body: gatewayPage };
  }
  const { type, body } = bodyOf(answer, service, request);
  return { status: answer.status, headers: { 'Content-Type': type, ...retry }, body };
}

function bodyOf(answer: Instead, service: Service, request: HttpRequest): { type: string; body: string } {
  if (service === 'api') return writeError(formatOf(request.headers.accept), '', answer.message);
  if (service === 'storage') {
    const { storageCode, message } = answer;
    const error = `<Error><Code>${storageCode}</Code><Message>${message}</Message></Error>`;
    return { type: 'application/xml', body: `<?xml version="1.0" encoding="utf-8"?>${error}` };
  }
  if (service === 'arm') {
    const { storageCode: code, message } = answer;
    return { type: 'application/json; charset=utf-8', body: JSON.stringify({ error: { code, message } }) };
  }
  if (service === 'origin' || answer.status === 429) return { type: 'text/plain', body: answer.message };
  const error = answer.status === 503 ? 'temporarily_unavailable' : 'server_error';
  const code = answer.status === 503 ? 90033 : 50000;
  return {
    type: 'application/json; charset=utf-8',
    body: JSON.stringify({
      error,
      error_description: `AADSTS${code}: ${answer.message}`,
      error_codes: [code],
    }),
  };
}

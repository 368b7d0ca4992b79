/** The library's error classes as the kinds of the protocol. */
import { AuthenticationError, NetworkError, ProtocolError, ServiceError } from 'ams-rest';
import type { PortError } from '../../src/protocol';

/** @throws `error` when it is none of the library's, which is a mistake of the port. */
export function portError(error: unknown): PortError {
  if (error instanceof ServiceError) return { ...serviceFacts(error), ...authenticationFacts(error) };
  if (error instanceof NetworkError)
    return { kind: 'network', message: error.message, outcomeUnknown: error.outcomeUnknown };
  if (error instanceof ProtocolError) return { kind: 'protocol', message: error.message };
  if (error instanceof TypeError) return { kind: 'argument', message: error.message };
  throw error;
}

function serviceFacts(error: ServiceError): PortError {
  return {
    kind: 'service',
    status: error.status,
    code: error.code,
    message: error.serviceMessage,
    requestId: error.requestId ?? null,
    outcomeUnknown: error.outcomeUnknown,
    text: `${error.message} ${error.body}`,
  };
}

function authenticationFacts(error: ServiceError): object {
  if (!(error instanceof AuthenticationError)) return {};
  const { errorCodes, traceId = null, correlationId = null } = error;
  return { kind: 'authentication', errorCodes, traceId, correlationId };
}

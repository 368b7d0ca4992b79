/** What comes of a fault, for the three kinds of request: cells that many lines of the table share. */
import { GAVE_UP, UNKNOWN } from './fault';

/** The same for all three kinds of request, but for the error's class. */
export const refusal = (code: number) => ({
  get: `1× ServiceError ${code}`,
  post: `1× ServiceError ${code}`,
  token: `1× AuthenticationError ${code}`,
});
export const passing = (code: number) => ({
  get: `3× ServiceError ${code}, ${GAVE_UP}`,
  post: `1× ServiceError ${code}, ${UNKNOWN}`,
  token: `3× AuthenticationError ${code}, ${GAVE_UP}`,
});
export const throttled = (code: number) => ({
  get: `3× ServiceError ${code}, ${GAVE_UP}`,
  post: `3× ServiceError ${code}, ${GAVE_UP}`,
  token: `3× AuthenticationError ${code}, ${GAVE_UP}`,
});
export const tooLongAWait = (code: number, wait: string) => ({
  get: `1× ServiceError ${code}, gave up: the service asks to wait ${wait}`,
  post: `1× ServiceError ${code}, gave up: the service asks to wait ${wait}`,
  token: `1× AuthenticationError ${code}, gave up: the service asks to wait ${wait}`,
});
export const secondTry = { get: '2× ok', post: '2× ok', token: '2× ok' };
export const notSent = {
  get: `0× NetworkError, not sent, ${GAVE_UP}`,
  post: `0× NetworkError, not sent, ${GAVE_UP}`,
  token: `0× NetworkError, not sent, ${GAVE_UP}`,
};
export const maybeSent = {
  get: `0× NetworkError, ${GAVE_UP}`,
  post: `0× NetworkError, ${UNKNOWN}`,
  token: `0× NetworkError, ${GAVE_UP}`,
};
export const broken = {
  get: `3× NetworkError, ${GAVE_UP}`,
  post: `1× NetworkError, ${UNKNOWN}`,
  token: `3× NetworkError, ${GAVE_UP}`,
};
export const tooLate = {
  get: `3× NetworkError, timed out, ${GAVE_UP}`,
  post: `1× NetworkError, timed out, ${UNKNOWN}`,
  token: `3× NetworkError, timed out, ${GAVE_UP}`,
};
export const unreadable = {
  get: '1× ProtocolError 200',
  post: '1× ProtocolError 200',
  token: '1× ProtocolError 200',
};
export const notFollowed = (code: number) => ({
  get: `1× ServiceError ${code}`,
  post: `1× ServiceError ${code}`,
  token: `1× AuthenticationError ${code}`,
});
export const notAllowed = {
  get: '1× ServiceError 301, ELSEWHERE is not an allowed origin',
  post: '1× ServiceError 301, ELSEWHERE is not an allowed origin',
  token: '1× AuthenticationError 301',
};

/** Rules that several scenarios share. */
import { isApiRequest, isTokenRequest } from './scenario';
import type { Arrived, Reply, Rule } from './wire';

const JSON_TYPE = { 'content-type': 'application/json' };

export const json = (status: number, body: unknown, headers: Reply['headers'] = {}): Reply => ({
  status,
  headers: { ...JSON_TYPE, ...headers },
  body: JSON.stringify(body),
});

/** An answer of the REST API with one entity in the verbose envelope. */
export const entity = (properties: object, status = 200): Reply => json(status, { d: properties });

/** An error of the REST API in the verbose form. */
export const refusal = (status: number, message: string, headers: Reply['headers'] = {}): Reply =>
  json(status, { error: { code: '', message: { lang: 'en-US', value: message } } }, headers);

/** Tokens `token-1`, `token-2`, …; `fields` changes the answer to the nth request, counted from 1. */
export function tokens(fields: (n: number, request: Arrived) => object | Reply = () => ({})): Rule {
  let count = 0;
  return (request) => {
    if (!isTokenRequest(request)) return undefined;
    const changes = fields(++count, request);
    if ('status' in changes) return changes;
    return json(200, { token_type: 'Bearer', expires_in: 3599, access_token: `token-${count}`, ...changes });
  };
}

type Step = Reply | 'cut' | ((request: Arrived) => Reply | 'cut');

/** Answers the requests that fit, one after the other; the last answer holds for all that follow. */
export function inTurn(fits: (request: Arrived) => boolean, ...steps: readonly Step[]): Rule {
  let count = 0;
  return (request) => {
    if (!fits(request)) return undefined;
    const step = steps[Math.min(count++, steps.length - 1)];
    return typeof step === 'function' ? step(request) : step;
  };
}

/** Answers requests to the REST API. */
export const api = (...steps: readonly Step[]): Rule => inTurn(isApiRequest, ...steps);

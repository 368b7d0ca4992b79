/**
 * The library and its peers, each with its defaults, a time limit for one try and short back-offs, so that a run ends.
 *
 * Each is `send(method, url, token)`: it resolves with a parsed JSON body, or rejects with whatever the peer rejects with.
 */
import { AmsClient } from 'ams-rest';
import axios from 'axios';
import got from 'got';
import ky from 'ky';
import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
} from '@azure/core-rest-pipeline';

export const LIMIT_MS = 1500;
const bodyFor = (method) => (method === 'POST' ? { Name: 'a' } : undefined);

async function amsRest(method, url, token) {
  const client = new AmsClient({
    endpoint: new URL('.', url).href,
    credential: { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) },
    retry: { baseDelayMs: 10 },
    timeoutMs: LIMIT_MS,
  });
  const { body } = await client.request(method, 'Assets', { body: bodyFor(method) });
  return body;
}

async function withAxios(method, url, token) {
  const headers = { authorization: `Bearer ${token}` };
  const { data } = await axios({ method, url, headers, data: bodyFor(method), timeout: LIMIT_MS });
  return data;
}

async function withGot(method, url, token) {
  const { body } = await got(url, {
    method,
    headers: { authorization: `Bearer ${token}` },
    json: bodyFor(method),
    responseType: 'json',
    timeout: { request: LIMIT_MS },
    retry: { backoffLimit: 10 },
  });
  return body;
}

async function withKy(method, url, token) {
  const response = await ky(url, {
    method,
    headers: { authorization: `Bearer ${token}` },
    json: bodyFor(method),
    timeout: LIMIT_MS,
    retry: { backoffLimit: 10 },
  });
  return response.json();
}

const pipeline = createPipelineFromOptions({ retryOptions: { retryDelayInMs: 10, maxRetryDelayInMs: 20 } });
const client = createDefaultHttpClient();
async function coreRestPipeline(method, url, token) {
  const body = bodyFor(method);
  const response = await pipeline.sendRequest(
    client,
    createPipelineRequest({
      method,
      url,
      headers: createHttpHeaders({ authorization: `Bearer ${token}`, 'content-type': 'application/json' }),
      ...(body && { body: JSON.stringify(body) }),
      timeout: LIMIT_MS,
      allowInsecureConnection: true,
    }),
  );
  if (response.status >= 300) {
    // Its callers turn an answer that is not a success into such an error.
    const { RestError } = await import('@azure/core-rest-pipeline');
    throw new RestError(`status ${response.status}`, {
      statusCode: response.status,
      response,
      request: response.request,
    });
  }
  return response.bodyAsText ? JSON.parse(response.bodyAsText) : undefined;
}

export const peers = {
  'ams-rest': amsRest,
  axios: withAxios,
  got: withGot,
  ky: withKy,
  '@azure/core-rest-pipeline': coreRestPipeline,
};

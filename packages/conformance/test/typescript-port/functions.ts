/** The pure functions of ams-rest by their names in the vectors, with plain JSON on both sides. */
import {
  accountSas,
  accountSasStringToSign,
  blobUrlInContainer,
  sharedKeyCanonicalizedHeaders,
  sharedKeyCanonicalizedResource,
  putBlob,
  sasCanonicalizedResource,
  serviceSas,
  serviceSasStringToSign,
  sharedKeyAuthorization,
  sharedKeyStringToSign,
  userDelegationSasStringToSign,
} from 'ams-rest/storage';
import {
  AmsClient,
  entityPath,
  NetworkError,
  odataString,
  parseODataDate,
  ServiceError,
  type HttpRequest,
  type HttpResponse,
  type Transport,
} from 'ams-rest';
import {
  buildTokenRequest,
  clientAssertionForm,
  clientSecretForm,
  describeAccessToken,
  judgeTokenResponse,
  withBasicAuthentication,
  type Authority,
} from 'ams-rest/credentials';
import {
  certificateAssertionClaims,
  certificateAssertionHeader,
  assertionSigningInput,
} from '../../../ams-rest/src/credentials/certificate-assertion';
import { encodeQuery, type QueryValue } from '../../../ams-rest/src/http/url';
import { parseODataError, unwrapOData } from '../../../ams-rest/src/media-services/odata';
import { retryAfterMs } from '../../../ams-rest/src/http/retry';
// What the library keeps to itself is reached inside for.
import { assertMayGetToken } from '../../../ams-rest/src/rest/bearer';
import { claimsChallenge, parseChallenges } from '../../../ams-rest/src/http/challenge';
import { blockListXml, planBlocks } from '../../../ams-rest/src/storage/block-plan';
import { decideRetry, type Outcome } from '../../../ams-rest/src/http/retry';
import { effectiveVersion } from '../../../ams-rest/src/storage/sas-url';
import { hmacSha256 } from '../../../ams-rest/src/storage/digest';

/** The input of a case is checked by nothing but the case itself: each function names what it needs of it. */
type PureFunction = (input: never) => unknown;

const account = (input: { account: string; key: string }) => ({ account: input.account, key: input.key });

export const FUNCTIONS: Readonly<Record<string, PureFunction>> = {
  'token-request': (input: TokenRequestInput) => {
    const { url, headers, body } = tokenRequest(input);
    return { url, form: body, ...(input.basic && { authorization: headers['authorization'] }) };
  },
  'token-answer': (input: Answer & { sentAt: number; resource?: string }) => {
    const authority: Authority = { tenantId: 't', endpointVersion: 'v1' };
    const scope = `${input.resource ?? 'https://rest.media.azure.net'}/.default`;
    const request = buildTokenRequest(authority, clientSecretForm('id', 'unused secret'), scope);
    const { token, expiresOnTimestamp } = judgeTokenResponse(request, response(input), input.sentAt);
    return { token, expiresOnTimestamp };
  },
  'basic-authentication': (input: { clientId: string; clientSecret: string }) =>
    tokenRequest({
      authority: { tenantId: 't' },
      scope: 'https://rest.media.azure.net/.default',
      basic: true,
      ...input,
    }).headers['authorization'],
  'describe-token': ({ token }: { token: string }) => {
    const description = describeAccessToken(token);
    if (!description) return null;
    const { header, claims, attributes } = description;
    return {
      header,
      claims,
      attributes: attributes.map(({ name, value, party }) => ({ name, value, party })),
    };
  },
  'assertion-header': ({ certificate, ...options }: { certificate: HexCertificate }) =>
    certificateAssertionHeader(
      {
        sha256: Buffer.from(certificate.sha256, 'hex'),
        sha1: Buffer.from(certificate.sha1, 'hex'),
        chain: certificate.chain.map((der) => Buffer.from(der, 'hex')),
      },
      options,
    ),
  'assertion-claims': (input: { clientId: string; audience: string; now: number; jwtId: string }) =>
    certificateAssertionClaims(input.clientId, input.audience, input),
  'signing-input': ({ header, claims }: { header: string; claims: string }) =>
    assertionSigningInput(JSON.parse(header) as object, JSON.parse(claims) as object),
  'entity-path': ({ set, key, rest = [] }: { set: string; key: string; rest?: string[] }) =>
    entityPath(set, key, ...rest),
  'encode-query': ({ query }: { query: [string, QueryValue | null][] }) =>
    encodeQuery(Object.fromEntries(query.map(([name, value]) => [name, value ?? undefined]))),
  'odata-string': ({ text }: { text: string }) => odataString(text),
  unwrap: ({ body }: { body: unknown }) => unwrapOData(body),
  'odata-date': ({ value }: { value: unknown }) => parseODataDate(value)?.getTime() ?? null,
  'parse-error': ({ body }: { body: string }) => parseODataError(body) ?? null,
  'may-send-token': ({ url, allowedOrigins }: { url: string; allowedOrigins: string[] }) => {
    try {
      assertMayGetToken(url, new Set(allowedOrigins));
      return true;
    } catch (error) {
      if (error instanceof TypeError) return false;
      throw error;
    }
  },
  'retry-after': ({ headers, now }: { headers: Record<string, string>; now: number }) =>
    retryAfterMs(headers, now) ?? null,
  'retry-decision': (input: RetryInput) => {
    const repeatable = input.repeatable ?? input.method !== 'POST';
    const { retries, remainingMs, random } = input;
    const state = { repeatable, retries, remainingMs };
    const decision = decideRetry(outcome(input.outcome), state, { random: () => random });
    if ('delayMs' in decision) return decision;
    return { stop: true, outcomeUnknown: decision.outcomeUnknown };
  },
  'redirect-decision': redirectDecision,
  'parse-challenges': ({ header }: { header: string }) =>
    parseChallenges(header).map(({ params, ...rest }) => ({ ...rest, params: Object.fromEntries(params) })),
  'claims-challenge': ({ header }: { header: string }) => claimsChallenge(header) ?? null,
  'blob-url': (input: { containerUrl: string; blobName: string }) =>
    blobUrlInContainer(input.containerUrl, input.blobName),
  'effective-version': (input: { url: string; sentVersion: string }) =>
    effectiveVersion(input.url, input.sentVersion),
  'block-plan': (input: { size: number; version: string; blockBytes?: number }) =>
    planBlocks(input.size, input.version, input.blockBytes),
  'block-list': ({ ids }: { ids: string[] }) => blockListXml(ids),
  'storage-error': storageError,
  'canonicalized-headers': ({ headers }: { headers: Record<string, string> }) =>
    sharedKeyCanonicalizedHeaders(Object.entries(headers)),
  'canonicalized-resource': (input: { account: string; url: string }) =>
    sharedKeyCanonicalizedResource(input.account, input.url),
  'string-to-sign': (input: SignedInput) => sharedKeyStringToSign(input.account, input),
  'shared-key-authorization': (input: SignedInput) => sharedKeyAuthorization(account(input), input),
  'sas-resource': (input: { version: string; account: string; container: string; blob?: string }) =>
    sasCanonicalizedResource(input.version, input.account, input.container, input.blob),
  'service-sas-string': ({ fields }: { fields: object }) => serviceSasStringToSign(fields),
  'user-delegation-sas-string': ({ fields }: { fields: object }) => userDelegationSasStringToSign(fields),
  'account-sas-string': ({ fields }: { fields: object }) => accountSasStringToSign(fields),
  'sas-signature': ({ key, text }: { key: string; text: string }) => hmacSha256(key, text),
  'service-sas': (input: SasInput & { container: string; blob?: string }) =>
    serviceSas(account(input), input, input.options),
  'account-sas': (input: SasInput) => accountSas(account(input), input.options),
};

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body: string;
}
interface TokenRequestInput {
  authority: Authority;
  clientId: string;
  clientSecret?: string;
  clientAssertion?: string;
  scope: string;
  claims?: string;
  basic?: boolean;
}
interface HexCertificate {
  sha256: string;
  sha1: string;
  chain: string[];
}
interface RetryInput {
  method: string;
  outcome: Answer | { networkError: { maybeSent: boolean } };
  retries: number;
  remainingMs: number;
  random: number;
  repeatable?: boolean;
}
interface SignedInput {
  account: string;
  key: string;
  method: string;
  url: string;
  headers: Record<string, string>;
}
interface SasInput {
  account: string;
  key: string;
  options: { sp: string; se: string };
}

function tokenRequest(input: TokenRequestInput): HttpRequest {
  const { authority, clientId, clientSecret = '', clientAssertion, scope, claims, basic = false } = input;
  const form =
    clientAssertion === undefined
      ? clientSecretForm(clientId, clientSecret)
      : clientAssertionForm(clientId, clientAssertion);
  const request = buildTokenRequest(authority, form, scope, { claims });
  return basic ? withBasicAuthentication(request) : request;
}

function response({ status, headers = {}, body }: Answer): HttpResponse {
  return { status, headers, body: Buffer.from(body) };
}

function outcome(given: RetryInput['outcome']): Outcome {
  if ('status' in given) return { response: response(given) };
  const { maybeSent } = given.networkError;
  return { error: new NetworkError({ method: 'GET', url: 'https://a.example/', reason: 'cut', maybeSent }) };
}

/** The client decides it inside, so it is asked by an answer. */
async function redirectDecision(input: {
  root: string;
  status: number;
  location: string | null;
  allowedOrigins: string[];
}): Promise<{ root: string | null }> {
  const { root, status, location, allowedOrigins } = input;
  let calls = 0;
  const transport: Transport = () => {
    const headers: Record<string, string> = location === null ? {} : { location };
    return Promise.resolve(
      calls++ === 0 ? response({ status, headers, body: '' }) : response({ status: 204, body: '' }),
    );
  };
  const credential = { getToken: () => Promise.resolve({ token: 't', expiresOnTimestamp: Infinity }) };
  const client = new AmsClient({ endpoint: root, allowedOrigins, transport, credential });
  try {
    await client.request('GET', 'Assets');
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
  }
  return { root: client.root === root ? null : client.root };
}

async function storageError(input: Answer): Promise<{ code: string; message: string }> {
  const transport: Transport = () => Promise.resolve(response(input));
  try {
    await putBlob(transport, 'https://a.example/c/b', Buffer.of(), { retry: { maxRetries: 0 } });
  } catch (error) {
    if (error instanceof ServiceError) return { code: error.code, message: error.serviceMessage };
    throw error;
  }
  throw new Error('a refusal was taken for a success');
}

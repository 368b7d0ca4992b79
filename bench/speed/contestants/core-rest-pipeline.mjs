/**
 * The pipeline of Microsoft's SDKs with the policies that it has by default. Over https the token comes from
 * @azure/identity by the bearer policy, which refuses http; there the header is given.
 */
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
} from '@azure/core-rest-pipeline';
import { ClientSecretCredential } from '@azure/identity';

/** @type {import('../contestant.mjs').Open} */
export async function open({ apiUrl, headers, scope, ...settings }) {
  const isSecure = apiUrl.startsWith('https:');
  const pipeline = createPipelineFromOptions({});
  if (isSecure)
    pipeline.addPolicy(
      bearerTokenAuthenticationPolicy({ credential: credentialOf(settings), scopes: scope }),
    );
  const { authorization, ...others } = headers;
  const client = createDefaultHttpClient();
  return {
    async get(path) {
      const request = createPipelineRequest({
        url: apiUrl + path,
        headers: createHttpHeaders(isSecure ? others : headers),
        allowInsecureConnection: !isSecure,
      });
      const { status, bodyAsText } = await pipeline.sendRequest(client, request);
      if (status !== 200) throw new Error(String(status));
      return JSON.parse(bodyAsText).d;
    },
  };
}

function credentialOf({ tenantId, clientId, clientSecret, authorityHost }) {
  return new ClientSecretCredential(tenantId, clientId, clientSecret, {
    authorityHost,
    disableInstanceDiscovery: true,
  });
}

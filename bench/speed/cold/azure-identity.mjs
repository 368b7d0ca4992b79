/** Token by @azure/identity, call by the pipeline of Microsoft's SDKs. */
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
} from '@azure/core-rest-pipeline';
import { ClientSecretCredential } from '@azure/identity';

const { apiUrl, authorityHost, tenantId, clientId, clientSecret, scope, headers } = JSON.parse(
  process.env.SERVICE,
);

async function main() {
  const credential = new ClientSecretCredential(tenantId, clientId, clientSecret, {
    authorityHost,
    disableInstanceDiscovery: true,
  });
  const pipeline = createPipelineFromOptions({});
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: scope }));
  const { authorization, ...others } = headers;
  const request = createPipelineRequest({ url: `${apiUrl}Assets`, headers: createHttpHeaders(others) });
  const { bodyAsText } = await pipeline.sendRequest(createDefaultHttpClient(), request);
  if (!JSON.parse(bodyAsText).d.Id) throw new Error('no asset');
  process.exit();
}

void main();

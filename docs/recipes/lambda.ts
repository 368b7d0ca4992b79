// A function such as AWS Lambda: variables outside the handler survive between invocations, so the token is requested
// once and connections stay open. Idle connections do not keep the process alive, so nothing needs closing.
import { AmsClient, clientSecretCredential, entityPath } from 'ams-rest';

let client: AmsClient | undefined;

function mediaServices(env = process.env): AmsClient {
  client ??= new AmsClient({
    endpoint: env['AMS_ENDPOINT'] ?? '',
    credential: clientSecretCredential({
      authorityHost: env['AZURE_AUTHORITY_HOST'] ?? 'https://login.microsoftonline.com',
      tenantId: env['AZURE_TENANT_ID'] ?? '',
      clientId: env['AZURE_CLIENT_ID'] ?? '',
      clientSecret: env['AZURE_CLIENT_SECRET'] ?? '',
    }),
  });
  return client;
}

export interface Context {
  getRemainingTimeInMillis(): number;
}

export async function handler(event: { readonly assetId: string }, context: Context): Promise<string> {
  // Half a second before the platform's own limit, so that the handler can still report the error.
  const signal = AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - 500));
  const path = entityPath('Assets', event.assetId);
  const body = await mediaServices().json<{ Name: string }>('GET', path, { signal });
  return body.Name;
}

// A function that is started cold and then kept warm, as AWS Lambda does: what is outside the handler lives on between
// calls, so the token is asked for once, and connections stay open. Nothing needs closing: idle ones do not keep a
// process alive.
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
  // Half a second before the platform ends it all, so that the error is ours to report.
  const signal = AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - 500));
  const path = entityPath('Assets', event.assetId);
  const { body } = await mediaServices().request<{ Name: string }>('GET', path, { signal });
  return body.Name;
}

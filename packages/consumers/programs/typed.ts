// TypeScript under strict flags.
import { AmsClient, clientSecretCredential, ServiceError, undiciTransport } from 'ams-rest';
import type { RestResponse, ClosableTransport, TokenCredential, Transport } from 'ams-rest';

// @ts-expect-error This is an error only because the types of the package are read.
export type Missing = import('ams-rest').NoSuchExport;

interface Asset {
  Id: string;
  Name: string;
}

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

export async function story(): Promise<void> {
  const pool: ClosableTransport = undiciTransport({ connections: 2 });
  let exchanges = 0;
  const transport: Transport = (request) => {
    exchanges++;
    return pool(request);
  };
  const credential: TokenCredential = clientSecretCredential({
    authorityHost: setting('AZURE_AUTHORITY_HOST'),
    tenantId: setting('AZURE_TENANT_ID'),
    clientId: setting('AZURE_CLIENT_ID'),
    clientSecret: setting('AZURE_CLIENT_SECRET'),
    transport,
  });
  const ams = new AmsClient({ endpoint: setting('AMS_ENDPOINT'), credential, transport });

  const created: RestResponse<Asset> = await ams.request<Asset>('POST', 'Assets', {
    body: { Name: 'typed' },
  });
  const names: string[] = [];
  for await (const { Name } of ams.list<Asset>('Assets')) names.push(Name);
  if (created.status !== 201 || !names.includes('typed')) throw new Error('the asset is not in the list');
  const refused: unknown = await ams.request('GET', 'NoSuchSet').catch((error: unknown) => error);
  if (!(refused instanceof ServiceError)) throw new Error('a ServiceError was expected');
  if (exchanges < 4) throw new Error('the transport was passed by');
  await pool.close();
}

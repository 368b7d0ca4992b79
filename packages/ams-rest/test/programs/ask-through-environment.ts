/** Makes one call with the client of docs/networking.md that takes its proxy from the environment; prints the outcome. */
import type { AmsClient, ClientSecretOptions } from '../../src';
import { runBlocks } from '../helpers/documentation';

const [origin = '', method = 'GET'] = process.argv.slice(2);
const { clientThroughProxy } = runBlocks('networking.md') as {
  clientThroughProxy: (endpoint: string, identity: ClientSecretOptions) => AmsClient;
};
const identity = { tenantId: 't', clientId: 'c', clientSecret: 'planted-secret', authorityHost: origin };

clientThroughProxy(`${origin}/api/`, identity)
  .request(method === 'POST' ? 'POST' : 'GET', 'Assets')
  .then(
    ({ status }) => console.log(JSON.stringify({ status })),
    (error: unknown) => console.log(JSON.stringify(error)),
  );

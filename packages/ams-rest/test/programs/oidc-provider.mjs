/**
 * A certified OpenID Connect server that knows nothing of Entra ID, at Entra's paths of the tenant `t`. A program of its
 * own because it is an ES module. Arguments: JSON of its clients; prints its address, and ends with its input.
 */
import { createServer } from 'node:http';

const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

// It warns of its development defaults, which is what they are here, and of any Node but the newest.
console.warn = () => undefined;
console.info = () => undefined;
const { default: Provider } = await import('oidc-provider');
const provider = new Provider(issuer, {
  clients: JSON.parse(process.argv[2]),
  scopes: ['openid', 'offline_access', 'https://api.example/.default'],
  features: { clientCredentials: { enabled: true }, deviceFlow: { enabled: true } },
  enabledJWA: { clientAuthSigningAlgValues: ['PS256', 'RS256'] },
  routes: {
    token: '/t/oauth2/v2.0/token',
    authorization: '/t/oauth2/v2.0/authorize',
    device_authorization: '/t/oauth2/v2.0/devicecode',
  },
});
server.on('request', provider.callback());
process.stdout.write(`${issuer}\n`);
process.stdin.resume().once('end', () => process.exit());

/** Token and call with node:https only. */
import { Agent, request } from 'node:https';

const { apiUrl, authorityHost, tenantId, clientId, clientSecret, scope, headers } = JSON.parse(
  process.env.SERVICE,
);

async function main() {
  const agent = new Agent({ keepAlive: true });
  const send = (url, options, body) =>
    new Promise((resolve, reject) => {
      const sent = request(url, { agent, ...options }, (answer) => {
        const chunks = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
      });
      sent.on('error', reject).end(body);
    });
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope };
  const { access_token: token } = await send(
    `${authorityHost}/${tenantId}/oauth2/v2.0/token`,
    { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    new URLSearchParams(form).toString(),
  );
  const { d } = await send(`${apiUrl}Assets`, { headers: { ...headers, authorization: `Bearer ${token}` } });
  if (!d.Id) throw new Error('no asset');
  agent.destroy();
}

void main();

/** Token and call with undici only. */
import { Pool } from 'undici';

const { apiUrl, authorityHost, tenantId, clientId, clientSecret, scope, headers } = JSON.parse(
  process.env.SERVICE,
);

async function main() {
  const authority = new Pool(authorityHost);
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope };
  const answer = await authority.request({
    method: 'POST',
    path: `/${tenantId}/oauth2/v2.0/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  });
  const { access_token: token } = await answer.body.json();
  const { origin, pathname } = new URL(apiUrl);
  const api = new Pool(origin);
  const asset = await api.request({
    method: 'GET',
    path: `${pathname}Assets`,
    headers: { ...headers, authorization: `Bearer ${token}` },
  });
  const { d } = await asset.body.json();
  if (!d.Id) throw new Error('no asset');
  await Promise.all([authority.close(), api.close()]);
}

void main();

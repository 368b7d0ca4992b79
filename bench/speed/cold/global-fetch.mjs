/** Token and call by the fetch that Node brings. */
const { apiUrl, authorityHost, tenantId, clientId, clientSecret, scope, headers } = JSON.parse(
  process.env.SERVICE,
);

async function main() {
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope };
  const answer = await fetch(`${authorityHost}/${tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
  });
  const { access_token: token } = await answer.json();
  const asset = await fetch(`${apiUrl}Assets`, { headers: { ...headers, authorization: `Bearer ${token}` } });
  const { d } = await asset.json();
  if (!d.Id) throw new Error('no asset');
}

void main();

/** What a Media Services account holds, asked for without the library. */
import type { Emulator } from 'ams-emulator';

const SETS = ['Assets', 'Locators', 'AccessPolicies', 'Channels', 'Programs', 'Jobs', 'Files'];

/** Everything that a run can leave half-made: `Assets nb:cid:UUID:…`. */
export async function contents(
  emulator: Pick<Emulator, 'authorityHost' | 'tenantId' | 'clientId' | 'clientSecret' | 'resource'>,
  endpoint: string,
): Promise<string[]> {
  const headers = {
    authorization: `Bearer ${await tokenFor(emulator)}`,
    'x-ms-version': '2.19',
    accept: 'application/json',
  };
  const found: string[] = [];
  for (const entitySet of SETS) {
    const answer = await fetch(endpoint + entitySet, { headers });
    const { value } = (await answer.json()) as { value: { Id: string }[] };
    found.push(...value.map(({ Id }) => `${entitySet} ${Id}`));
  }
  return found;
}

async function tokenFor({
  authorityHost,
  tenantId,
  clientId,
  clientSecret,
  resource,
}: Parameters<typeof contents>[0]): Promise<string> {
  const answer = await fetch(`${authorityHost}/${tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope: `${resource}/.default`,
    }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

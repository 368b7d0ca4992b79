import { start } from '../src/start';
import { withDefaults } from '../src/media/values';
import { entitySet, keyOf, type Row } from '../src/model';
import { newId } from '../src/media/rows';

test('100 000 assets: a page costs its own rows, wherever it lies', async () => {
  const running = await start({});
  try {
    const [account] = running.services.accounts;
    const set = entitySet('Assets');
    for (let i = 0; i < 100_000; i += 1) {
      const row = withDefaults(set.properties, { Name: `asset ${i}`, Created: i, LastModified: i });
      account.store.insert('Assets', { ...row, Id: newId(account, set) });
    }
    let reads = 0;
    const rows = account.store.rows.bind(account.store);
    Object.assign(account.store, {
      rows: (name: string): readonly Row[] =>
        new Proxy(rows(name), {
          get(target, property, receiver): unknown {
            if (typeof property === 'string' && /^\d+$/.test(property)) reads += 1;
            return Reflect.get(target, property, receiver);
          },
        }),
    });
    const token = await bearer(running);
    for (const skip of [0, 50_000, 99_990]) {
      reads = 0;
      const url = `${account.apiRoot}Assets?$skip=${skip}&$top=10&$inlinecount=allpages`;
      const answer = await fetch(url, {
        headers: { Authorization: token, 'x-ms-version': '2.19', Accept: 'application/json' },
      });
      const feed = (await answer.json()) as { value: Row[]; 'odata.count': string };
      expect(feed.value.map(({ Name }) => Name)).toEqual(
        Array.from({ length: 10 }, (_, i) => `asset ${skip + i}`),
      );
      expect(feed['odata.count']).toBe('100000');
      expect(reads).toBe(10);
    }
    reads = 0;
    const [middle] = rows('Assets').slice(50_000, 50_001);
    const files = `${account.apiRoot}Assets('${encodeURIComponent(keyOf(set, middle ?? {}))}')/Files`;
    const answer = await fetch(files, { headers: { Authorization: token, 'x-ms-version': '2.19' } });
    expect(answer.status).toBe(200);
    expect(reads).toBe(0);
  } finally {
    await running.close();
  }
});

async function bearer({ services, identity }: Awaited<ReturnType<typeof start>>): Promise<string> {
  const answer = await fetch(`${services.url}/${identity.tenantId}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: identity.clientId,
      client_secret: identity.clientSecret,
      resource: 'https://rest.media.azure.net',
    }),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return `Bearer ${token}`;
}

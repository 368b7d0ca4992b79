/** The local Azure: its start, a create, and a page of a thousand, compared with the same JSON without HTTP. */
import { startEmulator } from 'ams-emulator';
import { AmsClient, clientSecretCredential } from 'ams-rest';
import { median } from '../statistics.mjs';

export async function measure({ count }) {
  const starts = [];
  let emulator;
  for (let round = 0; round < 5; round++) {
    await emulator?.close();
    const start = performance.now();
    emulator = await startEmulator();
    starts.push(performance.now() - start);
  }
  try {
    const { authorityHost, tenantId, clientId, clientSecret, apiEndpoint } = emulator;
    const credential = clientSecretCredential({ authorityHost, tenantId, clientId, clientSecret });
    const ams = new AmsClient({ endpoint: apiEndpoint, credential });
    const create = (Name) =>
      ams.request('POST', 'AccessPolicies', { body: { Name, DurationInMinutes: 60, Permissions: 1 } });
    const creates = await times(1000, (index) => create(`policy ${index}`));
    const list = () => ams.requestRaw('GET', 'AccessPolicies', { query: { $top: 1000 } });
    const { body: page } = await list();
    const lists = await times(count * 3, list);
    const text = JSON.stringify(page);
    const json = await times(count * 3, () => JSON.parse(JSON.stringify(page)));
    return {
      title: 'The local Azure',
      text: `Start, create and list as its client sees them, both in one process; the page has ${text.length} bytes.`,
      head: ['what', 'ms, median'],
      rows: [
        ['start', median(starts).toFixed(0)],
        ['create one entity', median(creates).toFixed(2)],
        ['list a page of 1000', median(lists).toFixed(1)],
        ['JSON.stringify and JSON.parse of that page', median(json).toFixed(1)],
      ],
      targets: [{ what: 'ms until it has started', limit: 1000, value: median(starts) }],
    };
  } finally {
    await emulator?.close();
  }
}

async function times(count, act) {
  const taken = [];
  for (let index = 0; index < count; index++) {
    const start = performance.now();
    await act(index);
    taken.push(performance.now() - start);
  }
  return taken;
}

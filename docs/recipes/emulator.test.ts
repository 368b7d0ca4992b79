// A jest test of your application. The emulator starts before the tests and is closed after them.
import { AmsClient, clientSecretCredential } from 'ams-rest';
import { startEmulator, type Emulator } from 'ams-emulator';

let azure: Emulator;
beforeAll(async () => (azure = await startEmulator()));
afterAll(() => azure.close());

test('my application stores an asset', async () => {
  const ams = new AmsClient({ endpoint: azure.apiEndpoint, credential: clientSecretCredential(azure) });
  const { status } = await ams.request('POST', 'Assets', { body: { Name: 'holiday' } });
  expect(status).toBe(201);
});

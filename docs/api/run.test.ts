/** Each example runs, on the emulator where it needs somebody to ask, and what its arrows promise comes out. */
import { startEmulator, type Emulator } from 'ams-emulator';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Abort from '../../packages/ams-rest/src/http/abort';
import type * as UndiciTransport from '../../packages/ams-rest/src/http/undici-transport';
import { rsaCertificate } from '../../packages/ams-rest/test/helpers/rsa-certificate';
import { givenBy } from './given';
import { examples } from './read-examples';
import { runArrows } from './run-arrows';

/** Where the emulator is: the examples have the addresses of Azure. */
let mockAzureUrl = '';

jest.mock('../../packages/ams-rest/src/http/undici-transport', () => {
  const actual = jest.requireActual<typeof UndiciTransport>(
    '../../packages/ams-rest/src/http/undici-transport',
  );
  const azure =
    /^https?:\/\/(login\.microsoftonline\.com|accountname\.restv2\.[\w.]+|management\.azure\.com|169\.254\.169\.254)/;
  return {
    undiciTransport(options?: UndiciTransport.UndiciTransportOptions) {
      const inner = actual.undiciTransport(options);
      const send = (request: Parameters<typeof inner>[0]) =>
        inner({ ...request, url: request.url.replace(azure, mockAzureUrl) });
      return Object.assign(send, { close: () => inner.close() });
    },
  };
});

// The waits are as long as Azure's own; the emulator is done at once.
jest.mock('../../packages/ams-rest/src/http/abort', () => ({
  ...jest.requireActual<typeof Abort>('../../packages/ams-rest/src/http/abort'),
  sleep: () => Promise.resolve(),
}));

const home = process.cwd();
let folder: string;
let azure: Emulator;
let given: Record<string, unknown>;

beforeAll(async () => {
  azure = await startEmulator({
    tenantDomain: 'contoso.onmicrosoft.com',
    clientId: '00001111-aaaa-2222-bbbb-3333cccc4444',
    operationDurationMs: 0,
  });
  mockAzureUrl = azure.url;
  const { pem, cert } = await rsaCertificate('contoso');
  azure.entra.addCertificate(cert);
  folder = await mkdtemp(join(tmpdir(), 'examples-'));
  await mkdir(join(folder, 'films'));
  await writeFile(join(folder, 'app.pem'), pem);
  for (const film of ['holiday.mp4', 'films/one.mp4', 'films/two.mp4'])
    await writeFile(join(folder, film), 'as good as a film');
  process.chdir(folder);
  const env = {
    ...azure.env,
    AZURE_FEDERATED_TOKEN_FILE: join(folder, 'app.pem'),
    AZURE_STORAGE_KEY: btoa('a key of the account'),
    IDENTITY_ENDPOINT: azure.entra.appService.endpoint,
    IDENTITY_HEADER: azure.entra.appService.header,
  };
  const quiet = () => undefined;
  given = {
    ...(await givenBy(azure, pem)),
    process: { env, stdout: { write: quiet } },
    console: { log: quiet, error: quiet },
  };
});
afterAll(async () => {
  process.chdir(home);
  await azure.close();
  await rm(folder, { recursive: true, force: true });
});

it.each(examples)('$place', async (example) => {
  const arrows = await runArrows(example, require, given);
  expect(arrows.length).toBe(example.code.split('→').length - 1);
  for (const { line, found, promised } of arrows) expect({ line, is: found }).toEqual({ line, is: promised });
});

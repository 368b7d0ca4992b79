import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { undiciTransport } from 'ams-rest';
import { startEmulator, type Emulator } from 'ams-emulator';
import { environmentCredential } from '../src/environment-credential';

const SCOPE = 'https://rest.media.azure.net/.default';
const transport = undiciTransport();

let emulator: Emulator;
let app: Record<string, string>;
beforeAll(async () => {
  emulator = await startEmulator();
  app = {
    AZURE_AUTHORITY_HOST: emulator.authorityHost,
    AZURE_TENANT_ID: emulator.tenantId,
    AZURE_CLIENT_ID: emulator.clientId,
  };
});
afterAll(async () => {
  await transport.close();
  await emulator.close();
});

const pick = (env: Record<string, string | undefined>) => environmentCredential(env, transport);

test('a client secret, which wins over everything that a platform sets, and brings a token', async () => {
  const { clientSecret, entra } = emulator;
  const { kind, reason, credential } = pick({
    ...app,
    AZURE_CLIENT_SECRET: clientSecret,
    AZURE_FEDERATED_TOKEN_FILE: '/nowhere',
    IDENTITY_ENDPOINT: entra.appService.endpoint,
    IDENTITY_HEADER: entra.appService.header,
  });
  expect(kind).toBe('client secret');
  expect(reason).toBe('client secret: AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET are set');
  expect(await credential.getToken(SCOPE)).toBeTruthy();
});

test('App Service, with the user-assigned identity that AZURE_CLIENT_ID names', async () => {
  const { appService, userAssignedIdentity } = emulator.entra;
  const { kind, credential } = pick({
    AZURE_CLIENT_ID: userAssignedIdentity.clientId,
    IDENTITY_ENDPOINT: appService.endpoint,
    IDENTITY_HEADER: appService.header,
  });
  expect(kind).toBe('App Service managed identity');
  const { token = '' } = (await credential.getToken(SCOPE)) ?? {};
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as object;
  expect(claims).toMatchObject({ appid: userAssignedIdentity.clientId });
});

test('the machine’s own identity when nothing else is set up', async () => {
  const { kind, reason, credential } = pick({ AZURE_POD_IDENTITY_AUTHORITY_HOST: emulator.url });
  expect(kind).toBe('virtual machine managed identity');
  expect(reason).toBe('virtual machine managed identity: nothing else is set up');
  expect(await credential.getToken(SCOPE)).toBeTruthy();
});

test('a certificate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'test-client-certificate-'));
  try {
    const path = join(folder, 'app.pem');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(path, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const env = { ...app, AZURE_CLIENT_CERTIFICATE_PATH: path };
    // That it says what is missing shows that it was read.
    expect(() => pick(env)).toThrow(/no certificate that belongs/);
    expect(() => pick({ ...env, AZURE_CLIENT_CERTIFICATE_PATH: join(folder, 'missing') })).toThrow(/ENOENT/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  ['Kubernetes workload identity', { AZURE_FEDERATED_TOKEN_FILE: '/var/run/secrets/azure/tokens/t' }],
  [
    'GitHub Actions',
    { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://github.example/t', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x' },
  ],
  [
    'Azure Arc managed identity',
    { IDENTITY_ENDPOINT: 'http://localhost:40342/x', IMDS_ENDPOINT: 'http://localhost:40342' },
  ],
])('%s', (kind, env) => {
  expect(pick({ ...app, ...env }).kind).toBe(kind);
});

test('what is set in vain is named, values never; blanks count as nothing', () => {
  const { kind, reason } = pick({
    AZURE_TENANT_ID: emulator.tenantId,
    AZURE_CLIENT_SECRET: 'planted-secret',
    AZURE_CLIENT_ID: '  ',
    IDENTITY_ENDPOINT: 'http://127.0.0.1/',
  });
  expect(kind).toBe('virtual machine managed identity');
  expect(reason).toContain('for client secret AZURE_CLIENT_ID would be missing');
  expect(reason).toContain('for App Service managed identity IDENTITY_HEADER would be missing');
  expect(reason).not.toMatch(new RegExp(`planted-secret|${emulator.tenantId}`));
});

/** Answers of Resource Manager in PascalCase, as Microsoft.Media 2015-10-01 sent them, and in camelCase, as documented. */
import {
  attachStorageAccount,
  checkMediaAccountName,
  checkStorageAccountName,
  createMediaAccount,
  getMediaAccount,
  listMediaAccountKeys,
  listMediaAccounts,
  regenerateMediaAccountKey,
  type ArmClient,
  type NameAvailability,
} from '../src/resource-manager';
import { armOn } from './helpers/arm';
import { answer } from './helpers/scripted-server';
import { rejection } from './helpers/values';

const SUBSCRIPTION = '00000000-0000-4000-8000-000000000001';
const account = { subscriptionId: SUBSCRIPTION, resourceGroup: 'group', name: 'films' };
const storageAccount = { ...account, name: 'filmstore' };

/** The same value with the first letter of each property name in upper case, tags excepted. */
function inPascalCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inPascalCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name.charAt(0).toUpperCase() + name.slice(1),
      name === 'tags' ? inner : inPascalCase(inner),
    ]),
  );
}

const media = {
  id: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Media/mediaservices/films',
  name: 'films',
  location: 'West US',
  tags: { Owner: 'me', cost: '1' },
  properties: {
    apiEndpoints: [{ endpoint: 'https://films.restv2.westus.media.azure.net/api/', majorVersion: '2' }],
    storageAccounts: [{ id: '/subscriptions/s/…/filmstore', isPrimary: true }],
  },
};
const keys = {
  primaryAuthEndpoint: 'https://wamsprodglobal001acs.accesscontrol.windows.net/',
  secondaryAuthEndpoint: 'https://wamsprodglobal002acs.accesscontrol.windows.net/',
  primaryKey: 'first',
  secondaryKey: 'second',
  scope: 'urn:windowsazuremediaservices',
};

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

type Call = (arm: ArmClient) => Promise<unknown>;
const calls: readonly (readonly [name: string, status: number, body: unknown, call: Call, read: unknown])[] =
  [
    [
      'create',
      201,
      media,
      (arm) => createMediaAccount(arm, account, { location: 'x', storageAccount }),
      media,
    ],
    ['get', 200, media, (arm) => getMediaAccount(arm, account), media],
    ['list', 200, { value: [media] }, (arm) => collected(listMediaAccounts(arm, account)), [media]],
    ['attach', 200, media, (arm) => attachStorageAccount(arm, account, storageAccount), media],
    ['listKeys', 200, keys, (arm) => listMediaAccountKeys(arm, account), keys],
    [
      'regenerateKey',
      200,
      { key: 'new' },
      (arm) => regenerateMediaAccountKey(arm, account, 'Primary'),
      'new',
    ],
  ];

describe.each(calls)('%s of Microsoft.Media 2015-10-01', (name, status, body, call, read) => {
  // The envelope of a list is Resource Manager's own and never changes.
  const pascal = name === 'list' ? { value: inPascalCase([media]) } : inPascalCase(body);
  test.each([
    ['camelCase', body],
    ['PascalCase', pascal],
  ])('is read in %s', async (_, answered) => {
    const { arm } = await armOn(answer(status, answered));
    expect(await call(arm)).toEqual(read);
  });
});

test('an account without tags is read as the service sends it: tags are null', async () => {
  const { arm } = await armOn(answer(200, { ...media, tags: null }));
  expect((await getMediaAccount(arm, account)).tags).toBeNull();
});

const checks: readonly (readonly [string, (arm: ArmClient) => Promise<NameAvailability>])[] = [
  ['checkMediaAccountName', (arm) => checkMediaAccountName(arm, SUBSCRIPTION, 'films')],
  ['checkStorageAccountName', (arm) => checkStorageAccountName(arm, SUBSCRIPTION, 'films')],
];
describe.each(checks)('%s', (_, check) => {
  const taken = { nameAvailable: false, reason: 'AlreadyExists', message: 'It is in use.' };
  test.each([
    [{ NameAvailable: true, Reason: null, Message: null }, { nameAvailable: true }],
    [{ NameAvailable: false, Reason: 'AlreadyExists', Message: 'It is in use.' }, taken],
    [{ nameAvailable: true }, { nameAvailable: true }],
    [taken, taken],
  ])('reads %j', async (answered, read) => {
    const { arm } = await armOn(answer(200, answered));
    expect(await check(arm)).toEqual(read);
  });

  test.each([{}, { nameAvailable: 'yes' }, []])(
    'rejects %j, which says neither free nor taken',
    async (body) => {
      const { arm } = await armOn(answer(200, body));
      const error = await rejection(check(arm));
      expect(error).toMatchObject({ name: 'ProtocolError', status: 200 });
      expect(error.message).toMatch(/does not say whether the name is available/);
    },
  );
});

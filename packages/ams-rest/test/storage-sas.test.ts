/** Shared access signatures, each step against vectors, Microsoft's SDK and a real Azurite. */
import {
  BlobSASPermissions,
  BlobServiceClient,
  ContainerSASPermissions,
  generateAccountSASQueryParameters,
  generateBlobSASQueryParameters,
  AccountSASPermissions,
  StorageSharedKeyCredential,
  type BlobSASSignatureValues,
} from '@azure/storage-blob';
import {
  accountSas,
  accountSasStringToSign,
  blobUrlInContainer,
  createContainer,
  listBlobs,
  putBlob,
  readBlobRange,
  sasCanonicalizedResource,
  serviceSas,
  serviceSasStringToSign,
  setContainerAccess,
  sharedKeyTransport,
  userDelegationSas,
  userDelegationSasStringToSign,
  type SasFields,
  type UserDelegationKey,
} from '../src/storage';
import { undiciTransport } from '../src';
import { hmacSha256 } from '../src/storage/digest';
import { startAzuriteProcess, type AzuriteProcess } from './helpers/azurite-process';
import { rawStatus } from './helpers/raw-status';
import vectors from './vectors/storage-vectors.json';

const { account, key } = vectors;
let azurite: AzuriteProcess;
const transport = undiciTransport();
beforeAll(async () => {
  azurite = await startAzuriteProcess();
});
afterAll(async () => {
  await transport.close();
  await azurite.close();
});

describe('shared access signatures', () => {
  const policies = [
    { id: 'pol-full', start: '2020-01-01T00:00:00Z', expiry: '2035-01-01T00:00:00Z', permission: 'rwl' },
    { id: 'pol-permonly', permission: 'rwl' },
  ];
  beforeAll(async () => {
    const signing = sharedKeyTransport(transport, { account, key, endpoint: azurite.accountUrl });
    await createContainer(signing, `${azurite.accountUrl}/asset-1`);
    await putBlob(signing, `${azurite.accountUrl}/asset-1/hello.txt`, Buffer.from('hello world'));
    await setContainerAccess(signing, `${azurite.accountUrl}/asset-1`, { policies, publicAccess: undefined });
  });

  // Azurite reads 2012-02-12 in the layout of 2015-04-05, so these two are signed as if they said that.
  const AZURITES_OWN = /^S5[de]$/;

  test.each(vectors.serviceSas.map((vector) => [vector.id, vector] as const))(
    '%s: string and query',
    async (id, vector) => {
      const fields = fieldsOf(vector.query);
      const blob = fields.sr === 'b' ? 'hello.txt' : undefined;
      if (!AZURITES_OWN.test(id)) {
        const cr = sasCanonicalizedResource(fields.sv ?? '', account, 'asset-1', blob);
        expect(serviceSasStringToSign({ ...fields, cr })).toBe(vector.stringToSign);
        const { sv, sp, st, se, si, spr } = fields;
        const options = definedOf({ sv, sp, st, se, si, spr: spr as 'https,http' | undefined });
        const query = serviceSas({ account, key }, { container: 'asset-1', ...definedOf({ blob }) }, options);
        expect(sorted(query)).toBe(sorted(vector.query));
      }
      expect(hmacSha256(key, vector.stringToSign)).toBe(fieldsOf(vector.query, 'sig'));
      const url = `${azurite.accountUrl}/asset-1/hello.txt?${vector.query}`;
      expect(await rawStatus('GET', url, {})).toBe(vector.azuriteStatus);
    },
  );

  test.each(vectors.accountSas.map((vector) => [vector.id, vector] as const))(
    '%s: string and query',
    async (_, vector) => {
      const fields = fieldsOf(vector.query);
      expect(accountSasStringToSign({ ...fields, account })).toBe(vector.stringToSign);
      const { sv, ss, srt, sp = '', st, se = '', spr } = fields;
      const options = definedOf({ sv, ss, srt, st, spr: spr as 'https,http' | undefined });
      // The vectors have an order of their own; ours is the one that the service documents.
      const query = accountSas({ account, key }, { ...options, sp, se });
      expect(fieldsOf(query).sp).toBe('rwdlac');
      expect(sorted(query)).toBe(sorted(vector.query));
      expect(await rawStatus('GET', `${azurite.accountUrl}/asset-1/hello.txt?${query}`, {})).toBe(200);
    },
  );

  const delegation = {
    skoid: '11111111-1111-1111-1111-111111111111',
    sktid: '22222222-2222-2222-2222-222222222222',
    skt: '2020-01-01T00:00:00Z',
    ske: '2035-01-01T00:00:00Z',
    sks: 'b',
    skv: '2020-12-06',
  };
  test.each(vectors.userDelegation.map((vector) => [vector.sv, vector] as const))(
    'user delegation %s',
    async (sv, vector) => {
      const { sr, userDelegationKeyValue: value } = vector;
      const blob = sr === 'b' ? 'hello.txt' : undefined;
      const [st, se] = [delegation.skt, delegation.ske];
      const cr = sasCanonicalizedResource(sv, account, 'asset-1', blob);
      const fields: SasFields = { ...delegation, sv, sr, sp: 'r', st, se, cr };
      expect(userDelegationSasStringToSign(fields)).toBe(vector.stringToSign);
      const resource = { container: 'asset-1', ...definedOf({ blob }) };
      const delegationKey: UserDelegationKey = { ...delegation, value };
      const query = userDelegationSas(account, delegationKey, resource, { sv, sp: 'r', st, se });
      expect(fieldsOf(query, 'sig')).toBe(vector.signature);
      expect(await rawStatus('GET', `${azurite.accountUrl}/asset-1/hello.txt?${query}`, {})).toBe(
        vector.azuriteStatus,
      );
    },
  );

  const sharedKey = new StorageSharedKeyCredential(account, key);
  const expiresOn = new Date('2035-01-01T00:00:00Z');
  test.each(['2018-11-09', '2020-12-06', '2025-11-05', '2026-04-06'])(
    'the same as Microsoft’s SDK makes, %s',
    (sv) => {
      const values: BlobSASSignatureValues = {
        containerName: 'asset-1',
        blobName: 'dossier été/a+b (1).mp4',
        permissions: BlobSASPermissions.parse('rcw'),
        startsOn: new Date('2020-01-01T00:00:00Z'),
        expiresOn,
        version: sv,
        ipRange: { start: '10.0.0.1', end: '10.0.0.9' },
        cacheControl: 'no-cache',
        contentDisposition: 'attachment; filename="a b.mp4"',
        contentEncoding: 'gzip',
        contentLanguage: 'fr',
        contentType: 'video/mp4',
      };
      const options = {
        ...{ sv, sp: 'wcr', st: new Date('2020-01-01T00:00:00Z'), se: expiresOn, sip: '10.0.0.1-10.0.0.9' },
        ...{
          rscc: 'no-cache',
          rscd: 'attachment; filename="a b.mp4"',
          rsce: 'gzip',
          rscl: 'fr',
          rsct: 'video/mp4',
        },
      };
      const resource = { container: 'asset-1', blob: 'dossier été/a+b (1).mp4' };
      expect(sorted(serviceSas({ account, key }, resource, options))).toBe(
        sorted(generateBlobSASQueryParameters(values, sharedKey).toString()),
      );
    },
  );

  test.each(['2018-11-09', '2020-02-10', '2020-12-06', '2025-07-05', '2026-04-06'])(
    'a user delegation SAS is the same as Microsoft’s SDK makes, %s',
    (sv) => {
      const value = Buffer.alloc(32, 5).toString('base64');
      const theirs = generateBlobSASQueryParameters(
        {
          containerName: 'asset-1',
          blobName: 'hello.txt',
          permissions: BlobSASPermissions.parse('r'),
          expiresOn,
          version: sv,
        },
        {
          signedObjectId: delegation.skoid,
          signedTenantId: delegation.sktid,
          signedStartsOn: new Date(delegation.skt),
          signedExpiresOn: new Date(delegation.ske),
          signedService: 'b',
          signedVersion: delegation.skv,
          value,
        },
        account,
      );
      const resource = { container: 'asset-1', blob: 'hello.txt' };
      const ours = userDelegationSas(account, { ...delegation, value }, resource, {
        sv,
        sp: 'r',
        se: expiresOn,
      });
      expect(sorted(ours)).toBe(sorted(theirs.toString()));
    },
  );

  test('an account SAS is the same as Microsoft’s SDK makes', () => {
    const theirs = generateAccountSASQueryParameters(
      {
        services: 'b',
        resourceTypes: 'sco',
        permissions: AccountSASPermissions.parse('rwdlac'),
        expiresOn,
        version: '2020-12-06',
      },
      sharedKey,
    );
    expect(sorted(accountSas({ account, key }, { sp: 'rwdlac', se: expiresOn }))).toBe(
      sorted(theirs.toString()),
    );
  });

  test('their SDK reads by our SAS, we read by theirs', async () => {
    const sas = serviceSas({ account, key }, { container: 'asset-1' }, { sp: 'rl', se: expiresOn });
    const theirs = new BlobServiceClient(`${azurite.accountUrl}?${sas}`).getContainerClient('asset-1');
    expect((await theirs.getBlobClient('hello.txt').downloadToBuffer()).toString()).toBe('hello world');

    const permissions = ContainerSASPermissions.parse('r');
    const query = generateBlobSASQueryParameters(
      { containerName: 'asset-1', permissions, expiresOn },
      sharedKey,
    );
    const url = blobUrlInContainer(`${azurite.accountUrl}/asset-1?${query.toString()}`, 'hello.txt');
    expect(Buffer.from(await readBlobRange(transport, url, 6, 5)).toString()).toBe('world');
  });

  test('permission to find blobs by tags is accepted, as their SDK writes it for containers', async () => {
    const sas = serviceSas({ account, key }, { container: 'asset-1' }, { sp: 'frl', se: expiresOn });
    expect(new URLSearchParams(sas).get('sp')).toBe('rlf');
    const first = await listBlobs(transport, `${azurite.accountUrl}/asset-1?${sas}`).next();
    expect(first.done).toBe(false);
  });

  test('what cannot be a SAS is refused', () => {
    const resource = { container: 'asset-1' };
    expect(() => serviceSas({ account, key }, resource, { sp: 'r' })).toThrow('expiry');
    expect(() => serviceSas({ account, key }, resource, { sp: 'q', se: expiresOn })).toThrow('"q"');
    expect(() => accountSas({ account, key }, { sv: '2012-02-12', sp: 'r', se: expiresOn })).toThrow(
      TypeError,
    );
    expect(() =>
      userDelegationSas(account, { ...delegation, value: key }, resource, {
        sv: '2017-11-09',
        sp: 'r',
        se: '2035',
      }),
    ).toThrow(TypeError);
    expect(serviceSasStringToSign({ sp: 'r', cr: '/a/c' })).toBe('r\n\n\n/a/c\n');
  });
});

function fieldsOf(query: string): SasFields;
function fieldsOf(query: string, name: string): string;
function fieldsOf(query: string, name?: string): SasFields | string {
  const fields = Object.fromEntries(new URLSearchParams(query));
  return name === undefined ? fields : (fields[name] ?? '');
}

function sorted(query: string): string {
  return query.split('&').sort().join('&');
}

/** Without the undefined values. */
function definedOf<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

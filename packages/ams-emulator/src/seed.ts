import type { Account } from './account';
import { withDefaults } from './media/values';
import { entitySet, type Row } from './model';
import { newId } from './media/rows';

// Id, name and, where known, version. Source: Media Services Explorer, Azure SDK for Media Services.
const processors: readonly (readonly [guid: string, name: string, version: string])[] = [
  ['ff4df607-d419-42f0-bc17-a481b1331e56', 'Media Encoder Standard', '1.1'],
  ['77fea72a-107c-439e-b0bb-f88153b93461', 'Media Encoder Premium Workflow', '1.0'],
  ['1b1da727-93ae-4e46-a8a1-268828765609', 'Azure Media Encoder', '4.6'],
  ['70bdc2c3-ebf4-42a9-8542-5afc1e55d217', 'Windows Azure Media Encoder', '3.7'],
  ['2f381738-c504-4e4a-a38e-d199e207fcd5', 'Windows Azure Media Encoder', '2.3'],
  ['233e57fc-36bb-4f6f-8f18-3b662747a9f8', 'Azure Media Indexer', '1.0'],
  ['1927f26d-0aa5-4ca1-95a3-1a3f95b0f706', 'Azure Media Indexer 2 Preview', '1.0'],
  ['6a9b8239-81ea-4762-8125-66b4f45737a2', 'Azure Media Face Detector', '1.0'],
  ['3806d7a6-4985-4437-b098-50e3733310e8', 'Azure Media Redactor', '1.0'],
  ['464c4ede-daad-4edd-9c3c-3b5f667eef08', 'Azure Media Motion Detector', '1.0'],
  ['db657ff0-fc6e-407c-a03a-80fdca3b81cd', 'Azure Media Hyperlapse', '1.0'],
  ['73845a7d-8505-421d-9af9-d4bdc7838bdf', 'Azure Media Stabilizer', '1.0'],
  ['4b8b1e57-3bf3-4a07-b21a-12c3cdcc0894', 'Azure Media Video Annotator', '1.0'],
  ['d4d94427-b8e7-44b5-addb-5f3a26124385', 'Azure Media Video Thumbnails', '1.0'],
  ['074c3899-d9fb-448f-9ae1-4ebcbe633056', 'Azure Media OCR', '1.0'],
  ['bb312589-3bd4-4f2e-af26-2df8a984b395', 'Azure Media Content Moderator', '1.0'],
  ['aec03716-7c5e-4f68-b592-f4850eba9f10', 'Storage Decryption', '1.6'],
  ['a2f9afe9-7146-4882-a5f7-da4a85e06a93', 'Windows Azure Media Packager', '2.8'],
  ['38a620d8-b8dc-4e39-bb2e-7d589587232b', 'Windows Azure Media Encryptor', '2.8'],
];

/** Adds the entities that each new account had, if they are missing. */
export function fillAccount(account: Account): void {
  const { store } = account;
  for (const [guid, name, version] of processors) {
    const Id = `nb:mpid:UUID:${guid}`;
    if (store.get('MediaProcessors', Id) !== undefined) continue;
    store.insert('MediaProcessors', {
      Id,
      Description: name,
      Name: name,
      Sku: '',
      Vendor: 'Microsoft',
      Version: version,
    });
  }
  if (store.rows('StorageAccounts').length === 0) {
    store.insert('StorageAccounts', { Name: account.storage.account, IsDefault: true, BytesUsed: null });
  }
  if (store.rows('EncodingReservedUnitTypes').length === 0) {
    store.insert('EncodingReservedUnitTypes', {
      AccountId: account.id,
      ReservedUnitType: 0,
      MaxReservableUnits: 25,
      CurrentReservedUnits: 0,
    });
  }
  if (store.rows('StreamingEndpoints').length === 0)
    store.insert('StreamingEndpoints', defaultEndpoint(account));
}

/** The endpoint named `default`. In a real new account it was stopped; here it runs, so that locators work immediately. */
function defaultEndpoint(account: Account): Row {
  const now = account.clock.now();
  const set = entitySet('StreamingEndpoints');
  return {
    ...withDefaults(set.properties, {
      Id: newId(account, set),
      Name: 'default',
      Description: '',
      Created: now,
      LastModified: now,
      HostName: new URL(account.url).host,
    }),
    State: 'Running',
  };
}

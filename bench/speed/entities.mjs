/** Assets as Media Services lists them, verbose: 1.5 MB for a page of a thousand. */

const ROOT = 'https://account.restv2.westus.media.azure.net/api/';
const GUIDS = '3f2504e0-4f89-41d3-9a0c-';

/** @param {number} first @param {number} count */
export function entities(first, count) {
  return Array.from({ length: count }, (_, index) => entity(first + index));
}

function entity(number) {
  const id = `nb:cid:UUID:${GUIDS}${number.toString(16).padStart(12, '0')}`;
  const uri = `${ROOT}Assets('${encodeURIComponent(id)}')`;
  const deferred = (name) => ({ __deferred: { uri: `${uri}/${name}` } });
  return {
    __metadata: {
      id: uri,
      uri,
      type: 'Microsoft.Cloud.Media.Vod.Rest.Data.Models.Asset',
    },
    Locators: deferred('Locators'),
    ContentKeys: deferred('ContentKeys'),
    Files: deferred('Files'),
    ParentAssets: deferred('ParentAssets'),
    StorageAccount: deferred('StorageAccount'),
    Id: id,
    State: 0,
    Created: '/Date(1704067200000)/',
    LastModified: '/Date(1704067200000)/',
    AlternateId: null,
    Name: `holiday, part ${number}`,
    Options: 0,
    FormatOption: 0,
    Uri: `https://contosomedia.blob.core.windows.net/asset-${id.slice(12)}`,
    StorageAccountName: 'contosomedia',
  };
}

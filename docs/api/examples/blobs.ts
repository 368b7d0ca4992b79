// Blobs and containers
import {
  blobUrlInContainer,
  createContainer,
  deleteBlob,
  deleteContainer,
  downloadRanges,
  downloadToFile,
  getBlobProperties,
  getContainerAccess,
  listBlobs,
  listContainers,
  readBlobRange,
  setContainerAccess,
  updateStoredPolicies,
  type BlobItem,
  type BlobPrefix,
  type BlobProperties,
  type ContainerAccess,
  type CreateContainerOptions,
  type DeleteOptions,
  type DownloadOptions,
  type FileDownloadOptions,
  type ListBlobsOptions,
  type ListContainersOptions,
  type RangeOptions,
  type StorageOptions,
  type StoredPolicy,
} from 'ams-rest/storage';
import { type Transport } from 'ams-rest';

declare const signing: Transport; // as `sharedKeyTransport` or `bearerTransport` make it
declare const containerUrl: string;
declare const url: string; // of a blob

{
  // #region createContainer deleteContainer CreateContainerOptions StorageOptions
  const options: CreateContainerOptions = { publicAccess: 'blob' };
  const isNew = await createContainer(signing, `${containerUrl}-2`, options);
  const limits: StorageOptions = { timeoutMs: 10_000 };
  const wasThere = await deleteContainer(signing, `${containerUrl}-2`, limits);
  // #endregion
}
{
  // #region listBlobs ListBlobsOptions BlobItem BlobPrefix
  const options: ListBlobsOptions = { prefix: '2024/', delimiter: '/' };
  const line = (item: BlobItem | BlobPrefix) =>
    item.kind === 'prefix' ? item.name : `${item.name} ${item.sizeBytes}`;
  for await (const item of listBlobs(signing, containerUrl, options)) console.log(line(item));
  // #endregion
}
{
  // #region listContainers ListContainersOptions
  const options: ListContainersOptions = { prefix: 'asset-' };
  const accountUrl = containerUrl.slice(0, containerUrl.lastIndexOf('/'));
  for await (const name of listContainers(signing, accountUrl, options)) console.log(name);
  // #endregion
}
{
  // #region getBlobProperties BlobProperties
  const properties: BlobProperties = await getBlobProperties(signing, url);
  console.log(properties.sizeBytes, properties.contentType, properties.metadata['author']);
  // #endregion
}
{
  // #region readBlobRange RangeOptions
  const { etag } = await getBlobProperties(signing, url);
  const options: RangeOptions = { etag, verifyMd5: true };
  const firstFourBytes = await readBlobRange(signing, url, 0, 4, options);
  // #endregion
}
{
  // #region downloadToFile FileDownloadOptions
  const options: FileDownloadOptions = { verifyMd5: true };
  const { etag } = await downloadToFile(signing, url, 'film.mp4', options);
  // #endregion
}
{
  // #region downloadRanges DownloadOptions
  const options: DownloadOptions = { rangeSizeBytes: 1024 * 1024, parallel: 2 };
  const blob = await getBlobProperties(signing, url);
  for await (const range of downloadRanges(signing, url, blob, options)) process.stdout.write(range);
  // #endregion
}
{
  // #region deleteBlob DeleteOptions
  const options: DeleteOptions = { snapshots: 'include' };
  const wasThere = await deleteBlob(signing, blobUrlInContainer(containerUrl, 'old.mp4'), options);
  // #endregion
}
{
  // #region getContainerAccess setContainerAccess ContainerAccess
  const access: ContainerAccess = await getContainerAccess(signing, containerUrl);
  await setContainerAccess(signing, containerUrl, { ...access, publicAccess: undefined });
  // #endregion
}
{
  // #region updateStoredPolicies StoredPolicy
  const readers: StoredPolicy = { id: 'readers', expiry: '2035-01-01T00:00:00Z', permission: 'r' };
  await updateStoredPolicies(signing, containerUrl, (policies) => [...policies, readers]);
  // #endregion
}

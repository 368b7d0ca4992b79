/** Blob Storage by a SAS, an account key or a token: upload, download, list, sign. */

// Permission by account key or token; a SAS is in the URL.
export { bearerTransport, type StorageBearerOptions } from './storage-bearer';
export {
  sharedKeyAuthorization,
  sharedKeyCanonicalizedHeaders,
  sharedKeyCanonicalizedResource,
  sharedKeyStringToSign,
  sharedKeyTransport,
  type AccountKey,
} from './shared-key';
export type { StorageOptions } from './storage-request';

// Upload.
export {
  uploadBlob,
  uploadStream,
  type StreamUploadOptions,
  type UploadOptions,
  type UploadResult,
} from './upload';
export { uploadFolder, type FolderUploadOptions, type UploadedFile } from './folder';
export { blobSource, bytesSource, type ByteSource } from './sources';
export { fileSource, type FileSource } from './file-source';
export { blobUrlInContainer } from './sas-url';

// Download.
export { downloadRanges, downloadToFile, type DownloadOptions, type FileDownloadOptions } from './download';

// Single blobs and blocks.
export {
  deleteBlob,
  getBlobProperties,
  readBlobRange,
  type BlobProperties,
  type DeleteOptions,
  type RangeOptions,
} from './blob';
export {
  getBlockList,
  putBlob,
  putBlock,
  putBlockList,
  type BlobContent,
  type BlockList,
  type WriteOptions,
} from './block-blob';

// Containers and their access policies.
export {
  createContainer,
  deleteContainer,
  listBlobs,
  listContainers,
  type BlobItem,
  type BlobPrefix,
  type CreateContainerOptions,
  type ListBlobsOptions,
  type ListContainersOptions,
} from './container';
export {
  getContainerAccess,
  setContainerAccess,
  updateStoredPolicies,
  type ContainerAccess,
  type StoredPolicy,
} from './stored-policies';

// Shared access signatures.
export {
  accountSas,
  serviceSas,
  userDelegationSas,
  type BlobSasOptions,
  type SasOptions,
  type SasQuery,
  type SasResource,
  type ServiceSasOptions,
  type UserDelegationKey,
} from './sas';
export {
  accountSasStringToSign,
  sasCanonicalizedResource,
  serviceSasStringToSign,
  userDelegationSasStringToSign,
  type SasField,
  type SasFields,
} from './sas-layout';
export { getUserDelegationKey } from './user-delegation-key';

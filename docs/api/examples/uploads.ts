// Uploads
import { createReadStream } from 'node:fs';
import {
  blobSource,
  blobUrlInContainer,
  bytesSource,
  fileSource,
  getBlockList,
  putBlob,
  putBlock,
  putBlockList,
  uploadBlob,
  uploadFolder,
  uploadStream,
  type BlobContent,
  type BlockList,
  type ByteSource,
  type FileSource,
  type FolderUploadOptions,
  type StreamUploadOptions,
  type UploadedFile,
  type UploadOptions,
  type UploadResult,
  type WriteOptions,
} from 'ams-rest/storage';
import { type Transport } from 'ams-rest';

declare const transport: Transport;
declare const locator: { Path: string }; // a SAS locator, as Media Services gave it

{
  // #region uploadBlob UploadOptions UploadResult fileSource FileSource
  const source: FileSource = await fileSource('holiday.mp4');
  const options: UploadOptions = { contentType: 'video/mp4', resumable: true };
  const url = blobUrlInContainer(locator.Path, 'holiday.mp4');
  const { sizeBytes, blocks }: UploadResult = await uploadBlob(transport, url, source, options);
  await source.close();
  // #endregion
}
{
  // #region blobUrlInContainer
  blobUrlInContainer('https://contoso.blob.core.windows.net/films?sv=2012-02-12', 'my film.mp4'); // → 'https://contoso.blob.core.windows.net/films/my%20film.mp4?sv=2012-02-12'
  // #endregion
}
{
  // #region uploadStream StreamUploadOptions
  const options: StreamUploadOptions = { onProgress: ({ sentBytes }) => console.log(sentBytes) };
  const stream = createReadStream('holiday.mp4'); // or the body of a request, of unknown length
  await uploadStream(transport, blobUrlInContainer(locator.Path, 'holiday.mp4'), stream, options);
  // #endregion
}
{
  // #region uploadFolder FolderUploadOptions UploadedFile
  const options: FolderUploadOptions = {
    prefix: '2024/',
    contentTypeOf: (blobName) => (blobName.endsWith('.mp4') ? 'video/mp4' : 'application/octet-stream'),
  };
  const uploaded: UploadedFile[] = await uploadFolder(transport, locator.Path, 'films', options);
  for (const { blobName, sizeBytes } of uploaded) console.log(blobName, sizeBytes);
  // #endregion
}
{
  // #region bytesSource blobSource ByteSource
  const sources: ByteSource[] = [bytesSource(Buffer.from('a text')), blobSource(new Blob(['a text']))];
  for (const source of sources)
    await uploadBlob(transport, blobUrlInContainer(locator.Path, 'note.txt'), source);
  // #endregion
}
{
  // #region putBlob WriteOptions BlobContent
  const content: BlobContent = { contentType: 'text/plain', metadata: { author: 'me' } };
  const options: WriteOptions = { ...content, onlyIf: 'new' }; // 409 when there is one
  const url = blobUrlInContainer(locator.Path, 'new.txt');
  const { response } = await putBlob(transport, url, Buffer.from('a text'), options);
  // #endregion
}
{
  // #region putBlock putBlockList getBlockList BlockList
  const url = blobUrlInContainer(locator.Path, 'parts.txt');
  const ids = ['one', 'two'].map((name) => btoa(name)); // base64, all of one length
  for (const id of ids) await putBlock(transport, url, id, Buffer.from(id));
  await putBlockList(transport, url, ids);
  const { blocks }: BlockList = await getBlockList(transport, url, 'committed');
  console.log(blocks.map(({ sizeBytes }) => sizeBytes));
  // #endregion
}

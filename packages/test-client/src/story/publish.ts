/** Scene 5: the encoded asset is published, and one of its files read back through the streaming endpoint. */
import { createHash } from 'node:crypto';
import { entityPath, ServiceError, type HttpRequest } from 'ams-rest';
import { create, type Stage } from './stage';
import { LOCATOR, PERMISSION, type Asset, type AssetFile, type Locator, type Upload } from './upload';

const PIECE = 4 * 1024 * 1024;

export async function publish(
  stage: Stage,
  output: Asset,
): Promise<{ locator: Locator; files: AssetFile[] }> {
  const { ams, report, runName, signal } = stage;
  const { body: policy } = await report.step(
    'Create an access policy that lets read',
    () =>
      create(stage, 'AccessPolicies', {
        Name: `${runName}-read`,
        DurationInMinutes: 43_200,
        Permissions: PERMISSION.read,
      }),
    ({ body }) => `policy ${body.Id}`,
  );
  const { body: locator } = await report.step(
    'Create an origin locator, which publishes the asset',
    () =>
      create<Locator>(stage, 'Locators', {
        Name: `${runName}-origin`,
        AccessPolicyId: policy.Id,
        AssetId: output.Id,
        Type: LOCATOR.onDemandOrigin,
      }),
    ({ body }) => `locator ${body.Id}, path ${body.Path}`,
  );
  const files = await report.step(
    'List the files of the published asset',
    async () =>
      (await ams.request<AssetFile[]>('GET', entityPath('Assets', output.Id, 'Files'), { signal })).body,
    (found) => `${found.length} files`,
  );
  report.table(
    ['Name', 'Bytes'],
    files.map(({ Name, ContentFileSize }) => [Name, ContentFileSize]),
  );
  const urls = streamingUrls(locator, files);
  if (urls.length > 0) report.line('Streaming URLs:');
  for (const [format, url] of urls) report.line(`  ${format.padEnd(7)} ${url}`);
  return { locator, files };
}

/** The same manifest in three forms; empty when there is none. */
export function streamingUrls(
  locator: Locator,
  files: readonly AssetFile[],
): [format: string, url: string][] {
  const manifest = files.find(({ Name }) => Name.endsWith('.ism'));
  if (!manifest) return [];
  const url = `${locator.Path}${encodeURIComponent(manifest.Name)}/manifest`;
  return [
    ['Smooth', url],
    ['HLS', `${url}(format=m3u8-aapl)`],
    ['DASH', `${url}(format=mpd-time-csf)`],
  ];
}

/** The file that has just as many bytes as what went in, or else the first video. */
export async function readBack(
  stage: Stage,
  { locator, files }: { locator: Locator; files: AssetFile[] },
  source: Upload,
): Promise<void> {
  const file = files.find(({ ContentFileSize }) => Number(ContentFileSize) === source.size) ?? files[0];
  if (!file) throw new Error('the published asset has no file');
  const sha256 = await stage.report.step(
    `Download ${file.Name} through the streaming endpoint`,
    () => downloadSha256(stage, locator.Path + encodeURIComponent(file.Name), Number(file.ContentFileSize)),
    () => `${file.ContentFileSize} bytes`,
  );
  stage.report.line(`SHA-256 of what went in   ${source.sha256}`);
  stage.report.line(`SHA-256 of what came out  ${sha256}`);
  if (sha256 === source.sha256) stage.report.line('They are the same.');
  else if (stage.embedded) throw new Error('the published file is not the one that went in');
  else stage.report.line('They differ, as they should: a real encoder makes a new file.');
}

/** A published file needs no token; it comes in pieces, so that memory does not grow with it. */
async function downloadSha256({ transport, signal }: Stage, url: string, size: number): Promise<string> {
  const hash = createHash('sha256');
  for (let offset = 0; offset < size; offset += PIECE) {
    const last = Math.min(offset + PIECE, size) - 1;
    const request: HttpRequest = {
      method: 'GET',
      url,
      headers: { range: `bytes=${offset}-${last}` },
      signal,
      timeoutMs: 60_000,
      maxResponseBytes: PIECE,
    };
    const { status, body } = await transport(request);
    if (status !== 206 && status !== 200)
      throw new ServiceError({ method: 'GET', url, status, serviceMessage: 'the file was refused' });
    hash.update(body);
    if (status === 200) break;
  }
  return hash.digest('hex');
}

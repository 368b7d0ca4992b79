/** Scene 5: the encoded asset is published, and one of its files read back through the streaming endpoint. */
import { createHash } from 'node:crypto';
import { entityPath, ServiceError, type HttpRequest } from 'ams-rest';
import { blobUrlInContainer } from 'ams-rest/storage';
import { all, create, type Entity, type Stage } from './stage';
import { LOCATOR, PERMISSION, type Asset, type AssetFile, type Locator, type Upload } from './upload';

const PIECE = 4 * 1024 * 1024;

export interface Published {
  readonly locator: Locator & { readonly AssetId: string };
  readonly files: readonly AssetFile[];
  /** Allows reading. */
  readonly policy: Entity;
}

export async function publish(stage: Stage, output: Asset): Promise<Published> {
  const { report, runName, signal } = stage;
  const policy = await report.step(
    'Create an access policy that allows reading',
    () =>
      create(stage, 'AccessPolicies', {
        Name: `${runName}-read`,
        DurationInMinutes: 43_200,
        Permissions: PERMISSION.read,
      }),
    ({ Id }) => `policy ${Id}`,
  );
  const locator = await report.step(
    'Create an origin locator, which publishes the asset',
    () =>
      create<Published['locator']>(stage, 'Locators', {
        Name: `${runName}-origin`,
        AccessPolicyId: policy.Id,
        AssetId: output.Id,
        Type: LOCATOR.onDemandOrigin,
      }),
    ({ Id, Path }) => `locator ${Id}, path ${Path}`,
  );
  const files = await report.step(
    'List the files of the published asset',
    () => all<AssetFile>(stage, entityPath('Assets', output.Id, 'Files'), { signal }),
    (found) => `${found.length} files`,
  );
  report.table(
    ['Name', 'Bytes'],
    files.map(({ Name, ContentFileSize }) => [Name, ContentFileSize]),
  );
  const urls = streamingUrls(locator, files);
  if (urls.length > 0) report.line('Streaming URLs, and players that play them in a browser:');
  for (const [format, url] of urls) report.line(`  ${format.padEnd(7)} ${url}  ${PLAYERS[format] ?? ''}`);
  return { locator, files, policy };
}

const PLAYERS: Readonly<Record<string, string>> = {
  Smooth: '(dash.js with its MSS module)',
  HLS: '(hls.js)',
  DASH: '(dash.js)',
};

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

/** Compares the first video as it is stored with what the streaming endpoint serves, and with what went in. */
export async function readBack(
  stage: Stage,
  { locator, files, policy }: Published,
  source: Upload,
): Promise<void> {
  const { report, runName } = stage;
  const file = files.find(({ Name }) => Name.endsWith('.mp4')) ?? files[0];
  if (!file) throw new Error('the published asset has no file');
  const size = Number(file.ContentFileSize);
  const [stored, served] = await report.step(
    `Download ${file.Name} from Storage and through the streaming endpoint`,
    async () => {
      const sas = await create<Locator>(stage, 'Locators', {
        Name: `${runName}-read-sas`,
        AccessPolicyId: policy.Id,
        AssetId: locator.AssetId,
        Type: LOCATOR.sas,
      });
      return [
        await downloadSha256(stage, blobUrlInContainer(sas.Path, file.Name), size),
        await downloadSha256(stage, locator.Path + encodeURIComponent(file.Name), size),
      ] as const;
    },
    () => `${size} bytes each`,
  );
  report.line(`SHA-256 of what is stored   ${stored}`);
  report.line(`SHA-256 of what was served  ${served}`);
  if (stored !== served) throw new Error('the streaming endpoint serves other bytes than are stored');
  report.line('They are the same.');
  report.line(
    stored === source.sha256
      ? 'They are also what went in: nothing was transcoded.'
      : 'They are not what went in: it was transcoded.',
  );
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

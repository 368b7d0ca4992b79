import { MediaError, openServerManifest, type Presentation } from 'ams-packager';
import type { Account } from '../account';
import { blobFile } from '../storage/blob-file';

interface Remembered {
  readonly etags: string;
  readonly presentation: Promise<Presentation>;
}

// Each holds the sample tables of its files: about 7 MB for an hour of video and audio.
const maxRemembered = 16;
const remembered = new WeakMap<Account, Map<string, Remembered>>();

/**
 * The presentation that an `.ism` blob of a container describes, computed from the files that it names; undefined when
 * there is no such blob. It is kept until one of the blobs changes. Rejects with MediaError.
 */
export async function publishedPresentation(
  account: Account,
  container: string,
  ism: string,
): Promise<Presentation | undefined> {
  const blobs = (await account.storage.list(container)) ?? [];
  const named = (wanted: string) => blobs.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
  const manifest = named(ism);
  if (manifest === undefined) return undefined;
  const kept = remembered.get(account) ?? new Map<string, Remembered>();
  remembered.set(account, kept);
  const key = `${container}/${manifest.name}`;
  const etags = blobs.map(({ name, etag }) => `${name} ${etag}`).join('\n');
  let current = kept.get(key);
  if (current?.etags !== etags) {
    const text = await account.storage.readText(container, manifest.name);
    const presentation = openServerManifest(manifest.name, text, (name) => {
      const blob = named(name);
      return blob && blobFile(account.storage, container, blob);
    });
    current = { etags, presentation };
  }
  // The last is the newest, so the first is dropped.
  kept.delete(key);
  kept.set(key, current);
  const [oldest] = kept.keys();
  if (kept.size > maxRemembered && oldest !== undefined) kept.delete(oldest);
  try {
    return await current.presentation;
  } catch (error) {
    if (!(error instanceof MediaError)) kept.delete(key);
    throw error;
  }
}

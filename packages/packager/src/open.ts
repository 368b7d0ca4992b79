/** From stored files to one presentation. Errors begin with the name of the file that they are about. */
import { readServerManifest, type IsmTrack } from './ism';
import { MediaError, type MediaFile } from './media-file';
import { readMp4, type Track, type UnusableTrack } from './mp4';
import { createPresentation, type Presentation } from './presentation';

const maxTracks = 64;

/**
 * Opens the files that an `.ism` names. `fileNamed` returns undefined for a file that does not exist. Rejects with
 * MediaError when the manifest or a file cannot be used.
 */
export async function openServerManifest(
  name: string,
  text: string,
  fileNamed: (name: string) => MediaFile | undefined,
): Promise<Presentation> {
  const { tracks: wanted, formats } = await about(name, () => readServerManifest(text));
  return about(name, async () => {
    if (formats.toLowerCase() !== 'mp4') throw new MediaError(`is in the format ${formats}, not mp4`);
    if (wanted.length > maxTracks) throw new MediaError(`names more than ${maxTracks} tracks`);
    const opened = new Map<string, Promise<(Track | UnusableTrack)[]>>();
    const tracks: Track[] = [];
    for (const one of wanted) {
      const file = fileNamed(one.file);
      if (file === undefined) throw new MediaError(`names ${one.file}, which does not exist`);
      const reading = opened.get(one.file) ?? readMp4(file);
      opened.set(one.file, reading);
      tracks.push(await about(one.file, async () => pick(await reading, one)));
    }
    return createPresentation(tracks);
  });
}

/** Opens one MP4 file with its first video track and all its audio tracks. Rejects with MediaError. */
export function openMp4(name: string, file: MediaFile): Promise<Presentation> {
  return about(name, async () => {
    const tracks = await readMp4(file);
    const video = tracks.find((track) => mediaOf(track) === 'video');
    const chosen = [
      ...(video === undefined ? [] : [video]),
      ...tracks.filter((track) => mediaOf(track) === 'audio'),
    ];
    return createPresentation(
      chosen.map((track) => {
        if (track.kind === 'unusable') throw track.error;
        return track;
      }),
    );
  });
}

function pick(tracks: readonly (Track | UnusableTrack)[], { kind, trackId }: IsmTrack): Track {
  const candidates = tracks.filter((track) => mediaOf(track) === kind);
  const track = candidates.find(({ id }) => id === trackId) ?? candidates[0];
  if (track === undefined) throw new MediaError(`has no ${kind} track`);
  if (track.kind === 'unusable') throw track.error;
  return track;
}

const mediaOf = (track: Track | UnusableTrack): 'video' | 'audio' =>
  track.kind === 'unusable' ? track.media : track.kind;

/** Names the file that an error is about, unless it names one already. */
async function about<T>(name: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof MediaError) || error.isNamed) throw error;
    throw new MediaError(`${name} ${error.message}`, true);
  }
}

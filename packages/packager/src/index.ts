/** Packages MP4 files as Smooth Streaming, HLS and DASH: files in, one presentation, manifests and fragments out. */
export { MediaError, type MediaFile } from './media-file';
export {
  readMp4,
  TICKS,
  type AudioTrack,
  type Samples,
  type Track,
  type UnusableTrack,
  type VideoTrack,
} from './mp4';
export { createPresentation, type Fragment, type Presentation, type Rendition } from './presentation';
export { openMp4, openServerManifest } from './open';
export { fragmentSize, initSegment, readFragment } from './fragment';
export { smoothManifest } from './smooth';
export { hlsMaster, hlsMedia, type HlsAddresses } from './hls';
export { dashManifest, type DashAddresses } from './dash';
export {
  readServerManifest,
  serverManifest,
  type IsmTrack,
  type NamedRendition,
  type ServerManifest,
} from './ism';

import { guidOf, text } from '../media/rows';
import type { Row } from '../model';

/** Name of the container that holds an asset's files. */
export const containerOf = (asset: Row): string => `asset-${guidOf(text(asset, 'Id'))}`;

/** Name of the container into which a manifest's files are uploaded. */
export const uploadContainerOf = (manifest: Row): string => `manifest-${guidOf(text(manifest, 'Id'))}`;

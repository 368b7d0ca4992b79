import { join } from 'node:path';

/** The video that comes with this package. Its folder is beside both `src` and the bundle's `dist`. */
export const SAMPLE_VIDEO = join(__dirname, '..', 'media', 'sample.mp4');

/** The `fetch` that Node brings. */
import { openFetch } from '../contestant.mjs';

export const open = openFetch(fetch);

/** `fetch` of the undici package. */
import { fetch } from 'undici';
import { openFetch } from '../contestant.mjs';

export const open = openFetch(fetch);

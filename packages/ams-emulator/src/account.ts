import type { Clock } from './clock';
import type { ProtectionKey } from './data/protection';
import type { Store } from './media/store';
import type { Ffmpeg } from './rules/ffmpeg';
import type { BlobStorage } from './storage/blob-storage';

/** A Media Services account: everything that the rules of its entities work with. */
export interface Account {
  readonly name: string;
  readonly id: string;
  /** The account key for the Access Control Service, base64. */
  readonly key: string;
  /** The emulator's URL, `http://host:port`. */
  readonly url: string;
  /** Root of the account's REST API, with trailing slash. */
  readonly apiRoot: string;
  readonly store: Store;
  readonly storage: BlobStorage;
  readonly clock: Clock;
  /** Guids for the ids of entities; reproducible when the emulator was started with a seed. */
  readonly newGuid: () => string;
  /** The encoder. If undefined, the output of a task is its input. */
  readonly ffmpeg: Ffmpeg | undefined;
  readonly jobDurationMs: number;
  readonly operationDurationMs: number;
  /** Keys of the jobs whose end is not yet stored. */
  readonly openJobs: Set<string>;
  /** The key with which clients encrypt content keys for the service. */
  readonly protectionKey: () => Promise<ProtectionKey>;
  /** Aborted when the emulator closes. */
  readonly closing: AbortSignal;
  /** Closes the account permanently and removes its entities from the data folder. */
  readonly discard: () => void;
}

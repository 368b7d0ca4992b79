import type { Clock } from './clock';
import type { Store } from './media/store';
import type { BlobStorage } from './storage/blob-storage';

/** One Media Services account: everything that the rules of its entities may touch. */
export interface Account {
  readonly name: string;
  readonly id: string;
  /** Where the emulator is reached: `http://host:port`. */
  readonly url: string;
  readonly store: Store;
  readonly storage: BlobStorage;
  readonly clock: Clock;
  readonly jobDurationMs: number;
  readonly operationDurationMs: number;
  /** Keys of the jobs whose end is not yet written down. */
  readonly openJobs: Set<string>;
}

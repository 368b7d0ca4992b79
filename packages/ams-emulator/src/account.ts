import type { Clock } from './clock';
import type { ProtectionKey } from './data/protection';
import type { Store } from './media/store';
import type { BlobStorage } from './storage/blob-storage';

/** One Media Services account: everything that the rules of its entities may touch. */
export interface Account {
  readonly name: string;
  readonly id: string;
  /** Its secret for the Access Control Service, base64. */
  readonly key: string;
  /** Where the emulator is reached: `http://host:port`. */
  readonly url: string;
  /** Root of the account's REST API, with trailing slash. */
  readonly apiRoot: string;
  readonly store: Store;
  readonly storage: BlobStorage;
  readonly clock: Clock;
  /** Guids for the ids of entities; reproducible when the emulator was started with a seed. */
  readonly newGuid: () => string;
  readonly jobDurationMs: number;
  readonly operationDurationMs: number;
  /** Keys of the jobs whose end is not yet written down. */
  readonly openJobs: Set<string>;
  /** The key under which clients encrypt what only the service shall read. */
  readonly protectionKey: () => Promise<ProtectionKey>;
  /** Aborted when the emulator closes. */
  readonly closing: AbortSignal;
}

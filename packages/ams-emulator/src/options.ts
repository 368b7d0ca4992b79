import type { Clock } from './clock';

/** Options of an emulator; all are optional. */
export interface EmulatorOptions {
  /** Address to listen on; default `127.0.0.1`. */
  host?: string;
  /** Host names that clients use, besides IP addresses and localhost. Requests with any other Host are refused. */
  hostNames?: readonly string[];
  /** Default 0, any free port; with `data`, the port of the last start. */
  port?: number;
  /** Default: real time plus what `advance()` added. */
  clock?: Clock;
  /**
   * Encode with ffmpeg: its path, or true for one on the PATH, if there is one. Jobs then take real time, whatever
   * `seed` and `clock`. Default false: nothing is encoded, and the output of a job is its input.
   */
  ffmpeg?: string | boolean;
  /** Duration of an encoding job by the clock, in milliseconds; default 3000. */
  jobDurationMs?: number;
  /** Duration of operations on channels, programs and streaming endpoints, in milliseconds; default 300. */
  operationDurationMs?: number;
  /** Lifetime of tokens (`expires_in`), in seconds; default 3599. */
  tokenLifetimeSeconds?: number;
  /** Default: a random guid. */
  clientId?: string;
  /** Default: random. */
  clientSecret?: string;
  /** Default: a random guid. */
  tenantId?: string;
  /** Default: a random name under `onmicrosoft.com`. */
  tenantDomain?: string;
  /**
   * APIs to issue tokens for besides Media Services, Resource Manager and Storage, each exactly as registered, for
   * example `api://orders` or `https://vault.azure.net`. Default: none.
   */
  resources?: readonly string[];
  /** Names of the Media Services accounts; default one, `localmedia`. The first is at `/api/`. */
  accounts?: readonly string[];
  /** Folder in which all data survives a restart. Default: none, so nothing is kept. Excludes `seed`. */
  data?: string;
  /**
   * Makes ids and times the same at each start. The clock starts at 2024-01-01 and advances only by one second at each
   * request to the REST API.
   */
  seed?: string;
  /** Serve tokens, REST API, streaming and blobs by https, with a new self-signed certificate; default false. */
  https?: boolean;
  /** Also serve the token endpoint that preceded Azure AD, `/v2/OAuth2-13`; default false. */
  accessControlService?: boolean;
}

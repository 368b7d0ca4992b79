import type { Clock } from './clock';

/** All of it may be left out. */
export interface EmulatorOptions {
  /** Address to listen on; default `127.0.0.1`. */
  host?: string;
  /** Default 0: any free port; with `data` the one of the last time. */
  port?: number;
  /** Default: real time plus what `advance()` added. */
  clock?: Clock;
  /** How long an encoding job takes by the clock, in milliseconds; default 3000. */
  jobDurationMs?: number;
  /** How long channels, programs and streaming endpoints take to change, in milliseconds; default 300. */
  operationDurationMs?: number;
  /** What `expires_in` says; default 3599. */
  tokenLifetimeSeconds?: number;
  /** Default: a random guid. */
  clientId?: string;
  /** Default: random. */
  clientSecret?: string;
  /** Default: a random guid. */
  tenantId?: string;
  /** Default: a random name under `onmicrosoft.com`. */
  tenantDomain?: string;
  /** Names of the Media Services accounts; default one, `localmedia`. The first is at `/api/`. */
  accounts?: readonly string[];
  /** Folder that keeps everything from one start to the next; default none: all is forgotten. Excludes `seed`. */
  data?: string;
  /**
   * Makes ids and times the same at each start. The clock then begins with the year 2024 and stands still but for one
   * second at each request to the REST API.
   */
  seed?: string;
  /** Serve tokens, REST API and streaming by https, with a new self-signed certificate; default false. */
  https?: boolean;
  /** Also serve the token endpoint that came before Azure AD, `/v2/OAuth2-13`; default false. */
  accessControlService?: boolean;
}

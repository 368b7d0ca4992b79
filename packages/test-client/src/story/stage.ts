/** What every scene of the story has at hand. */
import {
  entityPath,
  NetworkError,
  odataString,
  ServiceError,
  waitForOperation,
  type AmsClient,
  type RestResponse,
  type AccessToken,
  type CachedCredential,
  type AmsListOptions,
  type Transport,
} from 'ams-rest';
import type { Cleanup } from '../cleanup';
import type { Report } from '../output/report';
import type { Settings } from '../settings';

export interface Stage {
  readonly settings: Settings;
  /** On a local Azure that was started for this command. */
  readonly embedded: boolean;
  readonly pollIntervalMs: number;
  /** What encodes on the local Azure: an ffmpeg's version, or nothing. Undefined elsewhere, where it is not known. */
  readonly encoder?: { readonly ffmpeg: string | undefined };
  readonly transport: Transport;
  readonly credential: CachedCredential;
  /** Which credential it is, and why. */
  readonly credentialReason?: string;
  readonly ams: AmsClient;
  readonly report: Report;
  readonly cleanup: Cleanup;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  /** The same stage for another Media Services account. */
  at(endpoint: string): Stage;
  /** Part of the name of everything this run creates. */
  readonly runName: string;
}

/** The fields of the token endpoint's answer; empty when the credential does not report them. */
export function answeredFields(token: AccessToken): readonly string[] {
  return 'fields' in token && Array.isArray(token.fields) ? token.fields.map(String) : [];
}

export function hasRefreshToken(token: AccessToken): boolean {
  return 'refreshToken' in token && token.refreshToken !== undefined;
}

export interface Entity {
  readonly Id: string;
  readonly Name: string | null;
}

/** All entities of a set or navigation, however many pages they fill. */
export async function all<T>(
  { ams }: Pick<Stage, 'ams'>,
  path: string,
  options: AmsListOptions,
): Promise<T[]> {
  const entities: T[] = [];
  for await (const entity of ams.list<T>(path, options)) entities.push(entity);
  return entities;
}

type Undo = (stage: Stage, entitySet: string, id: string, signal: AbortSignal) => Promise<unknown>;

/**
 * Creates an entity, to be deleted when the run ends.
 *
 * The request is not interrupted, because then it would be unknown what it created. If its answer is lost, the entity is
 * found by its name.
 */
export async function create<T extends Entity>(
  stage: Stage,
  entitySet: string,
  body: { readonly Name: string } & Record<string, unknown>,
  undo: Undo = deleteEntity,
): Promise<T> {
  const takeAway = ({ Id }: Entity) =>
    stage.cleanup.add(`${entitySet} ${Id} (${body.Name})`, (signal) => undo(stage, entitySet, Id, signal));
  try {
    const answer = await stage.ams.request<T>('POST', entitySet, { body });
    const entity = answer.body;
    if (!entity) throw new Error(`Creating ${body.Name} in ${entitySet} was answered without an entity.`);
    takeAway(entity);
    stage.signal.throwIfAborted();
    await finished(stage, answer);
    return entity;
  } catch (error) {
    if (error instanceof NetworkError && error.outcomeUnknown) {
      const query = { $filter: `Name eq ${odataString(body.Name)}` };
      stage.cleanup.add(`${entitySet} named ${body.Name}, if there is one`, async (signal) => {
        for (const { Id } of await all<Entity>(stage, entitySet, { query, signal }))
          await undo(stage, entitySet, Id, signal);
      });
    }
    throw error;
  }
}

/** Deletes an entity; one that is gone already counts as deleted. */
export async function deleteEntity(
  stage: Stage,
  entitySet: string,
  id: string,
  signal: AbortSignal,
): Promise<RestResponse | undefined> {
  try {
    return await stage.ams.request('DELETE', entityPath(entitySet, id), { signal });
  } catch (error) {
    if (error instanceof ServiceError && error.status === 404) return undefined;
    throw error;
  }
}

/** Calls a bound action (`Start`, `Stop`, `Reset`), or any request answered with 202, and waits until it is done. */
export async function finished(stage: Stage, answer: RestResponse, signal = stage.signal): Promise<void> {
  await waitForOperation(stage.ams, answer, { pollIntervalMs: stage.pollIntervalMs, signal });
}

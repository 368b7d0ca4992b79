/** What every scene of the story has at hand. */
import {
  entityPath,
  NetworkError,
  odataString,
  ServiceError,
  waitForOperation,
  type AmsClient,
  type AmsResponse,
  type AccessToken,
  type CachedCredential,
  type Transport,
} from 'ams-rest';
import type { Cleanup } from '../cleanup';
import type { Report } from '../output/report';
import type { Settings } from '../settings';

export interface Stage {
  readonly settings: Settings;
  readonly embedded: boolean;
  readonly pollIntervalMs: number;
  readonly transport: Transport;
  readonly credential: CachedCredential;
  /** Which credential it is, and why. */
  readonly credentialReason?: string;
  readonly ams: AmsClient;
  readonly report: Report;
  readonly cleanup: Cleanup;
  /** Aborts when the person presses Ctrl-C. */
  readonly signal: AbortSignal;
  /** The same stage for another Media Services account. */
  at(endpoint: string): Stage;
  /** Part of the name of everything this run creates. */
  readonly runName: string;
}

/** What the token endpoint's answer had in it; a credential that is not ours may not tell. */
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

type Undo = (stage: Stage, entitySet: string, id: string, signal: AbortSignal) => Promise<unknown>;

/**
 * Creates an entity and sees to it that it is taken away in the end.
 *
 * A creation under way is not interrupted, for then nobody would know what it made; and when its answer is
 * lost all the same, the entity is looked for by its name.
 */
export async function create<T extends Entity>(
  stage: Stage,
  entitySet: string,
  body: { readonly Name: string } & Record<string, unknown>,
  undo: Undo = deleteEntity,
): Promise<AmsResponse<T>> {
  const takeAway = ({ Id }: Entity) =>
    stage.cleanup.add(`${entitySet} ${Id} (${body.Name})`, (signal) => undo(stage, entitySet, Id, signal));
  try {
    const answer = await stage.ams.request<T>('POST', entitySet, { body });
    takeAway(answer.body);
    stage.signal.throwIfAborted();
    return answer;
  } catch (error) {
    if (error instanceof NetworkError && error.outcomeUnknown) {
      const query = { $filter: `Name eq ${odataString(body.Name)}` };
      stage.cleanup.add(`${entitySet} named ${body.Name}, if there is one`, async (signal) => {
        const found = await stage.ams.request<Entity[]>('GET', entitySet, { query, signal });
        for (const { Id } of found.body) await undo(stage, entitySet, Id, signal);
      });
    }
    throw error;
  }
}

/** Deletes an entity; that it is gone already is as good. */
export async function deleteEntity(
  stage: Stage,
  entitySet: string,
  id: string,
  signal: AbortSignal,
): Promise<AmsResponse | undefined> {
  try {
    return await stage.ams.request('DELETE', entityPath(entitySet, id), { signal });
  } catch (error) {
    if (error instanceof ServiceError && error.status === 404) return undefined;
    throw error;
  }
}

/** Calls a bound action (`Start`, `Stop`, `Reset`), or any request answered with 202, and waits until it is done. */
export async function finished(stage: Stage, answer: AmsResponse, signal = stage.signal): Promise<void> {
  await waitForOperation(stage.ams, answer, { pollIntervalMs: stage.pollIntervalMs, signal });
}

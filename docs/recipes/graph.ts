// Microsoft Graph: lists follow `@odata.nextLink`, throttled requests are retried after the wait that Graph asks for, and a PATCH changes one
// user.
import { RestClient, type TokenCredential } from 'ams-rest';

export interface User {
  readonly id: string;
  readonly displayName: string;
  readonly mail: string | null;
}

export function graphClient(
  credential: TokenCredential,
  endpoint = 'https://graph.microsoft.com/v1.0',
): RestClient {
  return new RestClient({ endpoint, credential, scope: 'https://graph.microsoft.com/.default' });
}

/** Every guest of the directory; needs the application permission User.Read.All. */
export async function guests(graph: RestClient): Promise<User[]> {
  const found: User[] = [];
  const query = { $filter: "userType eq 'Guest'", $select: 'id,displayName,mail', $top: 999 };
  for await (const user of graph.list<User>('users', { query })) found.push(user);
  return found;
}

/** Needs User.ReadWrite.All. Graph answers 204, so there is no body. */
export async function rename(graph: RestClient, id: string, displayName: string): Promise<void> {
  await graph.request('PATCH', `users/${encodeURIComponent(id)}`, { body: { displayName } });
}

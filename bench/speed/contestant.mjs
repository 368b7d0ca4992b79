/** What a contestant is, and the one that several are. */

/**
 * Where to go and as whom. `headers` are those that ams-rest sends, with a token: who has no credential sends them.
 *
 * @typedef {{ apiUrl: string, authorityHost: string, tenantId: string, clientId: string, clientSecret: string,
 *   scope: string, headers: Record<string, string> }} Service
 * @typedef {{ get(path: string): Promise<unknown>, list?(): AsyncIterable<{ Id: string }> }} Contestant
 * @typedef {(service: Service) => Promise<Contestant>} Open
 * @typedef {(service: Service) => Promise<{ getToken(): Promise<unknown> }>} OpenToken
 */

/** @param {Function} fetchFunction @returns {Open} */
export const openFetch =
  (fetchFunction) =>
  async ({ apiUrl, headers }) => ({
    async get(path) {
      const answer = await fetchFunction(apiUrl + path, { headers });
      if (answer.status !== 200) throw new Error(String(answer.status));
      return (await answer.json()).d;
    },
  });

/** Another vendor's, for comparison; it has no grant for this endpoint, so its token is given. */
import { OAuth2Client } from 'google-auth-library';

/** @type {import('../contestant.mjs').OpenToken} */
export async function open() {
  const client = new OAuth2Client();
  client.setCredentials({ access_token: 't'.repeat(1500), expiry_date: Date.now() + 3_600_000 });
  return { getToken: () => client.getAccessToken() };
}

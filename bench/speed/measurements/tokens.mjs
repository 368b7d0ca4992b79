/** A cached token, and a thousand callers without one. */
import { median, medianRatio } from '../statistics.mjs';
import { rounds, startServer } from '../stand.mjs';

const CONTESTANTS = ['closure', 'ams-rest', 'google-auth-library', 'azure-identity', 'msal-node'];
const CALLERS = 1000;

export async function measure({ count }) {
  const stand = await startServer('https');
  const calls = 1000;
  const turns = { leadMs: 300, ms: 300, count };
  const cached = { scenario: 'cached-token', stand, options: { calls }, ...turns };
  const taken = await rounds({ ...cached, contestants: CONTESTANTS });
  await stand.report();
  const requests = new Map();
  for (const name of ['ams-rest', 'azure-identity', 'msal-node']) {
    const options = { callers: CALLERS };
    await rounds({ contestants: [name], scenario: 'cold-callers', stand, options, count: 1, warmUp: 0 });
    requests.set(name, (await stand.report()).tokenRequests);
  }
  await stand.stop();
  const wallOf = (name) => taken.get(name).map(({ wall }) => wall);
  const ratio = (name) => medianRatio(wallOf(name), wallOf('closure'));
  return {
    title: 'Tokens',
    text: `Time of a getToken() that is answered from memory; token requests that ${CALLERS} callers at once cause.`,
    head: ['contestant', 'of closure', 'ns', `requests for ${CALLERS} callers`],
    rows: CONTESTANTS.map((name) => [
      name,
      ratio(name).toFixed(2),
      ((median(wallOf(name)) * 1000) / calls).toFixed(0),
      requests.get(name) ?? '',
    ]),
    targets: [
      { what: 'cached getToken() beside a plain async closure', limit: 2, value: ratio('ams-rest') },
      { what: 'token requests for 1000 cold callers', limit: 1, value: requests.get('ams-rest') },
    ],
  };
}

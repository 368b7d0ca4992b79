/** Scene 1: an access token by the OAuth 2.0 client credentials grant, and what is in it. */
import { describeAccessToken } from 'ams-rest/credentials';
import { answeredFields, hasRefreshToken, type Stage } from './stage';

export async function authenticate({
  credential,
  credentialReason,
  report,
  settings,
  signal,
}: Stage): Promise<void> {
  const scope = `${settings.resource}/.default`;
  const token = await report.step(
    `Get an access token for ${settings.resource}`,
    () => credential.getToken(scope, { abortSignal: signal }),
    ({ expiresOnTimestamp }) =>
      `a bearer token, good for ${Math.round((expiresOnTimestamp - Date.now()) / 60_000)} minutes`,
  );
  if (settings.credential === 'environment') report.line(`By ${credentialReason ?? ''}.`);
  report.line(
    `The answer has the fields ${answeredFields(token).join(', ') || 'that its credential does not report'}.`,
  );
  report.line(
    !hasRefreshToken(token)
      ? 'No refresh token: it saves a person a second sign-in, but a service proves its identity each time.'
      : 'There is a refresh token, which this grant should not return (RFC 6749 section 4.4.3).',
  );
  const description = describeAccessToken(token.token);
  if (!description) {
    report.line('The token is not a JWT. Clients must treat it as opaque anyway.');
    return;
  }
  report.line('Decoded, for display only, its claims name the four parties:');
  report.table(
    ['Party', 'Claim', 'Value', 'Meaning'],
    description.attributes.map(({ party, name, value, meaning }) => [party, name, value, meaning]),
    'stack',
  );
}

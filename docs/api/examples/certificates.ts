// Certificates
import { readFileSync } from 'node:fs';
import {
  certificateAssertion,
  certificateAssertionClaims,
  certificateAssertionHeader,
  clientAssertionForm,
  readCertificate,
  requestToken,
  assertionSigningInput,
  type AssertionMoment,
  type CertificateAssertionOptions,
  type CertificateFacts,
  type CertificateKey,
} from 'ams-rest/credentials';
import { type Transport } from 'ams-rest';

declare const transport: Transport;
declare const key: CertificateKey;

{
  // #region readCertificate CertificateKey
  const key: CertificateKey = readCertificate(readFileSync('app.pem'));
  const signature = key.sign('PS256', 'what is signed');
  console.log(Buffer.from(key.sha256).toString('hex'), signature.length);
  // #endregion
}
{
  // #region certificateAssertion AssertionMoment CertificateAssertionOptions
  const clientId = '00001111-aaaa-2222-bbbb-3333cccc4444';
  const audience = 'https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token';
  const moment: AssertionMoment = { now: Date.now(), jwtId: crypto.randomUUID() };
  const options: CertificateAssertionOptions = { sendCertificateChain: true };
  const assertion = certificateAssertion(key, clientId, audience, moment, options);

  const authority = { tenantId: 'contoso.onmicrosoft.com' };
  const form = clientAssertionForm(clientId, assertion);
  const { token } = await requestToken(transport, authority, form, 'https://rest.media.azure.net/.default');
  // #endregion
}
{
  // #region certificateAssertionHeader CertificateFacts
  const facts: CertificateFacts = { sha256: new Uint8Array(32), sha1: new Uint8Array(20), chain: [] };
  certificateAssertionHeader(facts, { algorithm: 'RS256', thumbprint: 'x5t' }); // → { alg: 'RS256', typ: 'JWT', x5t: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA' }
  // #endregion
}
{
  // #region certificateAssertionClaims
  const moment = { now: 1_700_000_000_000, jwtId: 'never used before' };
  const claims = certificateAssertionClaims('the client id', 'the token endpoint', moment);
  claims['exp']; // → 1_700_000_600
  claims['nbf']; // → 1_699_999_700
  // #endregion
}
{
  // #region assertionSigningInput
  assertionSigningInput({ alg: 'PS256' }, { sub: 'me' }); // → 'eyJhbGciOiJQUzI1NiJ9.eyJzdWIiOiJtZSJ9'
  // #endregion
}

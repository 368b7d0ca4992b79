// Errors
import {
  AADSTS_HINTS,
  AmsClient,
  AmsRestError,
  AuthenticationError,
  NetworkError,
  ProtocolError,
  retryAfterMs,
  ServiceError,
  type RetryOptions,
  type TokenCredential,
} from 'ams-rest';

declare const ams: AmsClient;
declare const credential: TokenCredential;

{
  // #region AmsRestError
  try {
    await ams.request('GET', 'Assets');
  } catch (error) {
    if (!(error instanceof AmsRestError)) throw error; // a wrong argument, or your own abort
    console.error(error.message); // has no secret in it
  }
  // #endregion
}
{
  // #region ServiceError
  try {
    await ams.request('GET', "Assets('nb:cid:UUID:00000000-0000-0000-0000-000000000000')");
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    console.error(error.status, error.code, error.serviceMessage, error.requestId, error.retryable);
  }
  // #endregion
}
{
  // #region AuthenticationError
  try {
    await ams.request('GET', 'Assets');
  } catch (error) {
    if (!(error instanceof AuthenticationError)) throw error;
    console.error(error.code, error.errorCodes, error.hint);
  }
  // #endregion
}
{
  // #region AADSTS_HINTS
  AADSTS_HINTS[7000222]; // → 'the client secret has expired: make a new one in the app registration'
  // #endregion
}
{
  // #region NetworkError
  try {
    await ams.request('POST', 'Assets', { body: { Name: 'holiday' } });
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    if (error.outcomeUnknown) console.error('look for the asset before you make it again', error.reason);
  }
  // #endregion
}
{
  // #region ProtocolError
  try {
    await ams.request('GET', 'Assets');
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    console.error('not the answer that was promised; a proxy?', error.status, error.reason);
  }
  // #endregion
}
{
  // #region RetryOptions
  const retry: RetryOptions = { maxRetries: 5, totalTimeoutMs: 300_000 };
  const endpoint = 'https://accountname.restv2.westus.media.azure.net/api/';
  const patient = new AmsClient({ endpoint, credential, retry });
  // #endregion
}
{
  // #region retryAfterMs
  retryAfterMs({ 'retry-after': '2.5' }); // → 2500
  retryAfterMs({}); // → undefined
  // #endregion
}

// Errors
import {
  AmsClient,
  AmsRestError,
  AuthenticationError,
  NetworkError,
  ProtocolError,
  ServiceError,
  type RetryEvent,
  type RetryOptions,
  type TokenCredential,
} from 'ams-rest';
import { explainRefusal, type TokenEndpointOptions, type TokenRefusal } from 'ams-rest/credentials';

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
  // #region explainRefusal TokenEndpointOptions TokenRefusal
  const explain = (refusal: TokenRefusal) => explainRefusal(refusal) || 'ask the help desk';
  const options: TokenEndpointOptions = { explain }; // an option of each credential
  explain({ errorCodes: [], sentFields: ['client_secret'], date: undefined, sentAt: Date.now() }); // → 'ask the help desk'
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
  // #region RetryOptions RetryEvent
  const onRetry = ({ attempt, status, delayMs }: RetryEvent) =>
    console.error(`try ${attempt} ended with ${status ?? 'no answer'}; again in ${delayMs} ms`);
  const retry: RetryOptions = { maxRetries: 5, totalTimeoutMs: 300_000, onRetry };
  const endpoint = 'https://accountname.restv2.westus.media.azure.net/api/';
  const patient = new AmsClient({ endpoint, credential, retry });
  // #endregion
}

// Transports, and what may be shown
import {
  fetchTransport,
  isLoopback,
  redactHeaders,
  redactRequest,
  redactText,
  redactUrl,
  undiciTransport,
  type ClosableTransport,
  type HttpRequest,
  type HttpResponse,
  type Transport,
  type UndiciTransportOptions,
} from 'ams-rest';

declare const proxyAgent: UndiciTransportOptions['dispatcher']; // new ProxyAgent('http://proxy.contoso.com:3128') of undici

{
  // #region Transport HttpRequest HttpResponse redactRequest
  const inner = undiciTransport();
  const logged: Transport = async (request: HttpRequest): Promise<HttpResponse> => {
    const response = await inner(request);
    console.log(redactRequest(request), response.status);
    return response;
  };
  // #endregion
}
{
  // #region undiciTransport UndiciTransportOptions ClosableTransport
  const options: UndiciTransportOptions = proxyAgent ? { dispatcher: proxyAgent } : {};
  const transport: ClosableTransport = undiciTransport(options);
  await transport.close();
  // #endregion
}
{
  // #region fetchTransport
  const transport = fetchTransport(); // over the global `fetch`, as in Deno or Bun
  // #endregion
}
{
  // #region redactUrl redactHeaders redactText
  redactUrl('https://contoso.blob.core.windows.net/films?sp=r&sig=abc'); // → 'https://contoso.blob.core.windows.net/films?sp=r&sig=REDACTED'
  redactHeaders({ authorization: 'Bearer abc', accept: '*/*' }); // → { authorization: 'REDACTED', accept: '*/*' }
  redactText('the password is hunter2', ['hunter2']); // → 'the password is REDACTED'
  // #endregion
}
{
  // #region isLoopback
  isLoopback('127.0.0.1'); // → true
  isLoopback('localhost.contoso.com'); // → false
  // #endregion
}

// Any API that Entra ID protects
import {
  RestClient,
  type HttpMethod,
  type RestClientOptions,
  type RestListOptions,
  type RestPage,
  type RestRequestOptions,
  type RestResponse,
  type TokenCredential,
} from 'ams-rest';

declare const credential: TokenCredential;
declare const api: RestClient;
declare const subscriptionId: string;

{
  // #region RestClient RestClientOptions
  const options: RestClientOptions = {
    endpoint: 'https://management.azure.com',
    credential,
    scope: 'https://management.azure.com//.default',
    query: { 'api-version': '2021-04-01' },
  };
  const azure = new RestClient(options);
  const groups = azure.list<{ name: string }>(`subscriptions/${subscriptionId}/resourceGroups`);
  for await (const { name } of groups) console.log(name);
  // #endregion
}
{
  // #region RestRequestOptions RestResponse HttpMethod
  const method: HttpMethod = 'PUT';
  const options: RestRequestOptions = { body: { name: 'holiday' }, headers: { 'if-none-match': '*' } };
  const answer: RestResponse<{ id: string }> = await api.request(method, 'films/1', options);
  console.log(answer.status, answer.headers['etag'], answer.body?.id);
  // #endregion
}
{
  // #region RestListOptions RestPage
  // An API that pages in a way of its own.
  const readPage = (body: unknown): RestPage => {
    const { films, next } = body as { films: unknown[]; next?: string };
    return { items: films, nextLink: next };
  };
  const options: RestListOptions = { query: { limit: 100 }, readPage };
  for await (const film of api.list<{ id: string }>('films', options)) console.log(film.id);
  // #endregion
}

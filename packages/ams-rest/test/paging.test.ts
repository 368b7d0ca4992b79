import { AmsClient, type Query } from '../src';
import { listPages } from '../src/media-services/paging';
import { closing } from './helpers/closing';
import { answer, startServer } from './helpers/scripted-server';
import { listCredential, rejection } from './helpers/values';

/** A service with so many entities that gives at most `most` at a time. */
function service(count: number, most = 1000, linked = false) {
  const queries: Query[] = [];
  const fetchPage = (query: Query) => {
    queries.push(query);
    const skip = Number(query['$skip'] ?? 0);
    const length = Math.max(0, Math.min(count - skip, Number(query['$top']), most));
    const items = Array.from({ length }, (_, index) => skip + index);
    return Promise.resolve({ items, more: linked && skip + length < count });
  };
  return { queries, fetchPage };
}

async function all(pages: AsyncIterable<number[]>): Promise<number[]> {
  const items: number[] = [];
  for await (const page of pages) items.push(...page);
  return items;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

test.each([
  [0, 1000, 1],
  [999, 1000, 1],
  [1000, 1000, 2],
  [2500, 1000, 3],
  [7, 3, 3],
])('%d entities in pages of %d take %d requests', async (count, pageSize, requests) => {
  const { queries, fetchPage } = service(count);
  expect(await all(listPages(fetchPage, { pageSize }, Error))).toEqual(upTo(count));
  expect(queries).toHaveLength(requests);
});

test('$top limits the whole, $skip starts later, the rest of the query stays', async () => {
  const { queries, fetchPage } = service(5000);
  const query = { $filter: 'State eq 0', $top: 1500, $skip: 10 };
  expect(await all(listPages(fetchPage, { query }, Error))).toEqual(upTo(1510).slice(10));
  expect(queries).toEqual([
    { $filter: 'State eq 0', $top: 1000, $skip: 10 },
    { $filter: 'State eq 0', $top: 500, $skip: 1010 },
  ]);
});

test('a page that came short but names a next one is not the end', async () => {
  expect(await all(listPages(service(25, 10, true).fetchPage, {}, Error))).toEqual(upTo(25));
});

test('pages are fetched only when they are wanted', async () => {
  const { queries, fetchPage } = service(5000);
  for await (const page of listPages(fetchPage, {}, Error)) if (page.length > 0) break;
  expect(queries).toHaveLength(1);
});

test.each([0, -1, 1.5, 1001, Number.NaN])('a page size of %d is refused', async (pageSize) => {
  const error = await rejection(all(listPages(service(1).fetchPage, { pageSize }, Error)));
  expect(error).toBeInstanceOf(TypeError);
});

test.each([{ $top: -1 }, { $top: 'x' }, { $skip: 1.5 }])('%j is refused', async (query) => {
  expect(await rejection(all(listPages(service(1).fetchPage, { query }, Error)))).toBeInstanceOf(TypeError);
});

test('the client lists over the wire, in both formats, and says when there is no list', async () => {
  const server = closing(
    await startServer([
      answer(200, { d: { results: [{ Id: 'a' }, { Id: 'b' }] } }),
      answer(200, { 'odata.metadata': 'm', value: [{ Id: 'c' }] }),
      answer(200, { d: { Id: 'x' } }),
    ]),
  );
  const client = new AmsClient({ endpoint: `${server.origin}/api/`, credential: listCredential('t') });
  const ids: unknown[] = [];
  for await (const { Id } of client.list('Assets', { pageSize: 2 })) ids.push(Id);
  expect(ids).toEqual(['a', 'b', 'c']);
  expect(server.received.map(({ path }) => path)).toEqual([
    '/api/Assets?$top=2',
    '/api/Assets?$skip=2&$top=2',
  ]);
  const error = await rejection(client.pages('Assets').next());
  expect(error).toMatchObject({ name: 'ProtocolError', status: 200 });
});

import fc from 'fast-check';
import { entitySets } from '../src/model';

// Requests that no client would send, and some that one might.

const setNames = fc.constantFrom(
  ...entitySets.map(({ name }) => name),
  'Nothing',
  '$metadata',
  '$batch',
  'CancelJob',
);
export const oddText = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    "'",
    "''",
    '(',
    ')',
    '/',
    '//',
    '%',
    '%00',
    '%FF',
    '$',
    '__proto__',
    'constructor',
    '\\',
    '*',
    '..',
  ),
);
/** Keys in parentheses; `realKeys` are of entities that exist, so that some requests are not 404. */
const keys = (realKeys: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constant(''),
    fc.constantFrom(...realKeys.map((key) => `('${key}')`)),
    oddText.map((text) => `('${text}')`),
    fc
      .tuple(fc.constantFrom('cid', 'jid', 'lid', 'pid', 'chid'), fc.uuid())
      .map(([type, id]) => `('nb:${type}:UUID:${id}')`),
    fc.constantFrom('()', '(1)', "(guid'x')", "('", "'"),
  );
const below = fc.oneof(
  fc.constant(''),
  fc.constantFrom(
    '/Files',
    '/$links/ContentKeys',
    "/$links/ContentKeys('x')",
    '/Start',
    '/State',
    '/Publish',
    '/$value',
  ),
  oddText.map((text) => `/${text}`),
);
const queries = fc.array(
  fc.tuple(
    fc.constantFrom(
      '$filter',
      '$top',
      '$skip',
      '$orderby',
      '$select',
      '$expand',
      '$inlinecount',
      'assetid',
      'api-version',
    ),
    fc.oneof(
      oddText,
      fc.constantFrom("Name eq 'x'", 'allpages', '1', 'Created desc', "substringof('a',Name)", 'not not not'),
    ),
  ),
  { maxLength: 3 },
);
export const bodies = fc.oneof(
  fc.constant(''),
  fc.json({ maxDepth: 4 }),
  oddText,
  fc
    .dictionary(
      fc.constantFrom(
        'Name',
        'Id',
        'Options',
        'Type',
        'AssetId',
        'Input',
        'Tasks',
        'TaskBody',
        'StartTime',
        'Restrictions',
        '__proto__',
      ),
      fc.anything({ maxDepth: 2 }),
    )
    .map((value) =>
      JSON.stringify(value, (_name, each: unknown) => (typeof each === 'bigint' ? String(each) : each)),
    ),
);
export const methods = fc.constantFrom(
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'MERGE',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'LOCK',
);

// What HTTP itself cannot carry in a request line is escaped; the rest goes out as it is.
export const inLine = (text: string): string =>
  text.replace(/[^\x21-\x7e]/gu, (c) => encodeURIComponent(c.replace(/\p{Surrogate}/gu, '?')));

/** A request to the REST API: method, what follows `/api/`, body, and which form. */
export type ApiRequest = readonly [method: string, path: string, body: string, isVerbose: boolean];

const pathOf = (resource: string, query: readonly (readonly [string, string])[]): string =>
  `${inLine(resource)}?${query.map(([name, value]) => `${name}=${inLine(value).replaceAll('#', '%23')}`).join('&')}`;

const anyRequest = (realKeys: readonly string[]): fc.Arbitrary<ApiRequest> =>
  fc
    .tuple(methods, setNames, keys(realKeys), below, queries, bodies, fc.boolean())
    .map(([method, set, key, rest, query, body, isVerbose]) => [
      method,
      pathOf(set + key + rest, query),
      body,
      isVerbose,
    ]);

/** A GET of a set, half of them without a query: of the requests above hardly one in three hundred gets a 200. */
const reading = fc
  .tuple(
    fc.constantFrom(...entitySets.map(({ name }) => name)),
    fc.oneof(fc.constant([]), queries),
    fc.boolean(),
  )
  .map(([set, query, isVerbose]): ApiRequest => ['GET', pathOf(set, query), '', isVerbose]);

/** A value that may pass for one of that type, or one that does not. */
function valueOf(type: string, realKeys: readonly string[]): fc.Arbitrary<unknown> {
  const good =
    type === 'Edm.DateTime'
      ? fc.date({ noInvalidDate: true }).map((date) => date.toISOString())
      : type === 'Edm.Time'
        ? fc.constantFrom('PT1H', 'PT5M', 'P1D', 'PT')
        : type === 'Edm.Boolean'
          ? fc.boolean()
          : type.startsWith('Edm.') && type !== 'Edm.String'
            ? fc.oneof(fc.integer({ min: -1, max: 20 }), fc.integer().map(String))
            : fc.oneof(oddText, fc.constantFrom(...realKeys));
  const odd = fc.oneof(
    fc.constant(null),
    oddText,
    fc.json({ maxDepth: 2 }).map((text): unknown => JSON.parse(text)),
  );
  return fc.oneof({ weight: 5, arbitrary: good }, { weight: 1, arbitrary: odd });
}

/** A POST with properties that the set really has. */
const creation = (realKeys: readonly string[]): fc.Arbitrary<ApiRequest> =>
  fc.constantFrom(...entitySets).chain((set) => {
    const properties = Object.entries(set.properties).filter(([, property]) => property.readOnly !== true);
    const values = Object.fromEntries(properties.map(([name, { type }]) => [name, valueOf(type, realKeys)]));
    return fc
      .tuple(fc.record(values, { requiredKeys: [] }), fc.boolean())
      .map(([body, isVerbose]): ApiRequest => ['POST', set.name, JSON.stringify(body), isVerbose]);
  });

/** All kinds of requests to the REST API. */
export const apiRequests = (realKeys: readonly string[]): fc.Arbitrary<ApiRequest> =>
  fc.oneof(
    { weight: 4, arbitrary: anyRequest(realKeys) },
    { weight: 4, arbitrary: creation(realKeys) },
    { weight: 1, arbitrary: reading },
  );

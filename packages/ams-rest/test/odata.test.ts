import { encodeQuery } from '../src/http/url';
import { entityPath, odataString, parseODataDate } from '../src';
import { parseODataError, unwrapOData } from '../src/media-services/odata';
import { nextLink } from '../src/media-services/odata';

describe('entityPath', () => {
  test.each([
    [['Assets', 'nb:cid:UUID:1'], "Assets('nb%3Acid%3AUUID%3A1')"],
    [['Assets', "it's", 'Files'], "Assets('it%27%27s')/Files"],
    [['Jobs', 'a/b?c#d%e f', '$links', 'Tasks'], "Jobs('a%2Fb%3Fc%23d%25e%20f')/$links/Tasks"],
    [['Filters', '(*)!é\0\n'], "Filters('%28%2A%29%21%C3%A9%00%0A')"],
    [['Filters', '..'], "Filters('..')"],
  ])('%j', ([entitySet = '', key = '', ...rest], path) => {
    expect(entityPath(entitySet, key, ...rest)).toBe(path);
  });

  test.each([
    [['Assets', '']],
    [['', 'x']],
    [["Assets('x')/Files", 'x']],
    [['As sets', 'x']],
    [['../Assets', 'x']],
    [['Assets', 'x', 'Fi/les']],
    [['Assets', '\ud800']],
    [['Assets', 'a\udc00b']],
  ])('%j is refused', ([entitySet = '', key = '', ...rest]) => {
    expect(() => entityPath(entitySet, key, ...rest)).toThrow(TypeError);
  });
});

describe('encodeQuery', () => {
  test('keeps the dollar, encodes the values, leaves out what is undefined', () => {
    expect(encodeQuery()).toBe('');
    expect(encodeQuery({ $top: undefined })).toBe('');
    expect(encodeQuery({ $filter: "Name eq 'a&b=c'", $top: 5, keepcontainer: true, $skip: undefined })).toBe(
      '?$filter=Name%20eq%20%27a%26b%3Dc%27&$top=5&keepcontainer=true',
    );
    expect(encodeQuery({ assetid: odataString("it's") })).toBe('?assetid=%27it%27%27s%27');
  });

  test.each(['', 'a b', 'a=b', 'a&b', 'a#', 'é'])('the name %j is refused', (name) => {
    expect(() => encodeQuery({ [name]: 1 })).toThrow(TypeError);
  });
});

describe('unwrap', () => {
  test.each<[unknown, unknown]>([
    [{ d: { Id: 'x' } }, { Id: 'x' }],
    [{ d: { results: [] } }, []],
    [{ d: { results: [1], __count: '1' } }, [1]],
    [{ d: { State: 2 } }, { State: 2 }],
    [{ 'odata.metadata': 'm', value: [1] }, [1]],
    [{ 'odata.metadata': 'm', value: 2 }, 2],
    [
      { 'odata.metadata': 'm', Id: 'x' },
      { 'odata.metadata': 'm', Id: 'x' },
    ],
    [{ value: 1 }, { value: 1 }],
    [[1], [1]],
    [null, null],
    [undefined, undefined],
    ['text', 'text'],
  ])('%j', (body, inside) => {
    expect(unwrapOData(body)).toEqual(inside);
  });

  test('nextLink in both forms', () => {
    expect(nextLink({ d: { results: [], __next: 'https://h/next' } })).toBe('https://h/next');
    expect(nextLink({ 'odata.nextLink': 'https://h/next', value: [] })).toBe('https://h/next');
    for (const none of [{ d: { results: [] } }, { value: [] }, { 'odata.nextLink': '' }, [], null, 3])
      expect(nextLink(none)).toBeUndefined();
  });
});

describe('parseODataError', () => {
  const message = 'Resource Asset not found';
  test.each([
    [{ error: { code: '', message: { lang: 'en-US', value: message } } }, { code: '', message }],
    [{ 'odata.error': { code: 'x', message: { lang: 'en-US', value: message } } }, { code: 'x', message }],
    [{ error: { code: 'AuthorizationFailed', message } }, { code: 'AuthorizationFailed', message }],
    [{ message }, { code: '', message }],
    [{ error: { code: 7, message: [message] } }, { code: '', message: '' }],
  ])('%j', (body, read) => {
    expect(parseODataError(JSON.stringify(body))).toEqual(read);
  });

  test.each([
    [
      '<?xml version="1.0"?><m:error xmlns:m="urn:m"><m:code /><m:message xml:lang="en-US">a &lt;b&gt; &amp;amp;</m:message></m:error>',
      { code: '', message: 'a <b> &amp;' },
    ],
    [
      '\ufeff<?xml version="1.0"?><Error><Code>BlobNotFound</Code><Message>No\nRequestId:x</Message></Error>',
      { code: 'BlobNotFound', message: 'No\nRequestId:x' },
    ],
  ])('%s', (body, read) => {
    expect(parseODataError(body)).toEqual(read);
  });

  test.each([
    '',
    'plain',
    '<html><body>Bad gateway</body></html>',
    '[]',
    'null',
    '{"error":"text"}',
    '{"error":',
  ])('%j is none', (body) => {
    expect(parseODataError(body)).toBeUndefined();
  });
});

test('dates in every form of the service; without a zone they are UTC', () => {
  const iso = (value: unknown) => parseODataDate(value)?.toISOString();
  expect(iso('/Date(1421618800601)/')).toBe('2015-01-18T22:06:40.601Z');
  expect(iso('/Date(-1+0060)/')).toBe('1969-12-31T23:59:59.999Z');
  expect(iso('2015-01-18T22:06:40.6010903Z')).toBe('2015-01-18T22:06:40.601Z');
  expect(iso('2015-05-20T16:28:43.493')).toBe('2015-05-20T16:28:43.493Z');
  expect(iso('2015-05-20T18:28:49+02:00')).toBe('2015-05-20T16:28:49.000Z');
  for (const none of [undefined, null, 5, '', 'soon', '-5', '2015-05-20', '5/20/2015 16:28', '/Date(x)/'])
    expect(iso(none)).toBeUndefined();
});

// OData
import {
  encodeQuery,
  entityPath,
  odataString,
  parseODataDate,
  parseODataError,
  unwrap,
  type ODataErrorText,
  type Query,
  type QueryValue,
} from 'ams-rest';

{
  // #region entityPath
  entityPath('Assets', 'nb:cid:UUID:1', 'Files'); // → "Assets('nb%3Acid%3AUUID%3A1')/Files"
  // #endregion
}
{
  // #region odataString
  odataString("Tim's holiday"); // → "'Tim''s holiday'"
  const query = { $filter: `Name eq ${odataString("Tim's holiday")}` };
  // #endregion
}
{
  // #region encodeQuery Query QueryValue
  const top: QueryValue = 5;
  const query: Query = { $top: top, $filter: "Name eq 'a b'", $skip: undefined };
  encodeQuery(query); // → '?$top=5&$filter=Name%20eq%20%27a%20b%27'
  // #endregion
}
{
  // #region unwrap
  unwrap({ d: { results: [{ Name: 'one' }] } }); // → [{ Name: 'one' }]
  unwrap({ 'odata.metadata': 'https://…', value: [{ Name: 'one' }] }); // → [{ Name: 'one' }]
  // #endregion
}
{
  // #region parseODataDate
  parseODataDate('/Date(1700000000000)/')?.toISOString(); // → '2023-11-14T22:13:20.000Z'
  parseODataDate('2023-11-14T22:13:20')?.getTime(); // → 1_700_000_000_000
  // #endregion
}
{
  // #region parseODataError ODataErrorText
  const text = '{"error":{"code":"","message":{"lang":"en-US","value":"Resource Asset not found"}}}';
  const said: ODataErrorText | undefined = parseODataError(text);
  said?.message; // → 'Resource Asset not found'
  // #endregion
}

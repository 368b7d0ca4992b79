// OData
import type { AmsClient } from 'ams-rest';
import { entityPath, odataString, parseODataDate, type Query } from 'ams-rest';

declare const ams: AmsClient;

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
  // #region Query
  const query: Query = { $top: 5, $filter: "Name eq 'a b'", $skip: undefined }; // encoded by the client
  const { status } = await ams.request('GET', 'Assets', { query });
  // #endregion
}
{
  // #region parseODataDate
  parseODataDate('/Date(1700000000000)/')?.toISOString(); // → '2023-11-14T22:13:20.000Z'
  parseODataDate('2023-11-14T22:13:20')?.getTime(); // → 1_700_000_000_000
  // #endregion
}

import { badRequest } from '../media/errors';
import { linked, text } from '../media/rows';
import type { SetRules } from '../media/set-rules';
import { isObject } from '../media/values';
import type { Row } from '../model';

const shortestWindowSeconds = 120;
const longestBackoffSeconds = 60;
const properties = ['Type', 'Name', 'Language', 'FourCC', 'Bitrate'];
const operators = ['Equal', 'notEqual', 'NotEqual'];

/** What a manifest filter may contain: "Filter" and "AssetFilter" of the REST API reference. */
function checkFilter(row: Row): void {
  const range = row['PresentationTimeRange'];
  if (isObject(range)) {
    const timescale = Number(range['Timescale'] ?? 10_000_000);
    const seconds = (name: string): number | undefined =>
      (range[name] ?? null) === null ? undefined : Number(range[name]) / timescale;
    const window = seconds('PresentationWindowDuration');
    const backoff = seconds('LiveBackoffDuration');
    if (window !== undefined && window < shortestWindowSeconds) {
      throw badRequest("The value of the property 'PresentationWindowDuration' is not valid.");
    }
    if (backoff !== undefined && backoff > longestBackoffSeconds) {
      throw badRequest("The value of the property 'LiveBackoffDuration' is not valid.");
    }
  }
  for (const track of objects(row['Tracks'])) {
    for (const condition of objects(track['PropertyConditions'])) {
      if (!properties.includes(text(condition, 'Property')))
        throw badRequest("The value of the property 'Property' is not valid.");
      if (!operators.includes(text(condition, 'Operator')))
        throw badRequest("The value of the property 'Operator' is not valid.");
    }
  }
}

const objects = (value: Row[string] | undefined): Row[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

const update: SetRules['update'] = (_account, row, changes) => {
  checkFilter({ ...row, ...changes });
  return { row: changes };
};

export const filterRules: SetRules = {
  create(_account, row) {
    checkFilter(row);
    return { row };
  },
  update,
};

export const assetFilterRules: SetRules = {
  create(account, row) {
    checkFilter(row);
    const asset = linked(account, 'Assets', text(row, 'ParentAssetId'));
    const assetId = text(asset, 'Id');
    return { row: { ...row, ParentAssetId: assetId, Id: `${assetId}__###__${text(row, 'Name')}` } };
  },
  update,
};

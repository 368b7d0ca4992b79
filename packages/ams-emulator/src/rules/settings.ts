import { badRequest } from '../media/errors';
import { count, linked, text } from '../media/rows';
import type { SetRules } from '../media/set-rules';
import { isObject } from '../media/values';
import type { Row, Value } from '../model';
import type { Account } from '../account';

const components = ['Channel', 'StreamingEndpoint'];
const levels = ['Disabled', 'Normal', 'Verbose'];

/** Both components in order; one that was left out is Disabled. */
function completeSettings(row: Row): Value {
  const given = Array.isArray(row['Settings']) ? row['Settings'].filter(isObject) : [];
  for (const setting of given) {
    const isKnown =
      components.includes(text(setting, 'Component')) && levels.includes(text(setting, 'Level'));
    if (!isKnown) throw badRequest("The value of the property 'Settings' is not valid.");
  }
  return components.map((component) => {
    const level = given.find((setting) => setting['Component'] === component)?.['Level'] ?? 'Disabled';
    return { Component: component, Level: level };
  });
}

function checkEndPoint(account: Account, row: Row): void {
  linked(account, 'NotificationEndPoints', text(row, 'NotificationEndPointId'));
}

export const monitoringRules: SetRules = {
  create(account, row) {
    checkEndPoint(account, row);
    return { row: { ...row, Settings: completeSettings(row) } };
  },
  update(account, row, changes) {
    checkEndPoint(account, { ...row, ...changes });
    return { row: 'Settings' in changes ? { ...changes, Settings: completeSettings(changes) } : changes };
  },
};

/** Most units of each type: S1, S2, S3. */
const mostUnits = [25, 25, 10];

export const reservedUnitRules: SetRules = {
  update(_account, row, changes) {
    const next = { ...row, ...changes };
    const most = mostUnits[count(next, 'ReservedUnitType')] ?? 0;
    const units = count(next, 'CurrentReservedUnits');
    if (units < 0 || units > most)
      throw badRequest("The value of the property 'CurrentReservedUnits' is not valid.");
    return { row: { ...changes, MaxReservableUnits: most } };
  },
};

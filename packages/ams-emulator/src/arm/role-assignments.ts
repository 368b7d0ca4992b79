import {
  bodyOf,
  optionalObject,
  pathPattern,
  requiredText,
  type Answer,
  type Call,
  type Json,
  type Route,
} from './call';
import { ArmError } from './errors';
import type { RoleAssignment } from './state';

const apiVersions = ['2022-04-01', '2020-10-01-preview', '2015-07-01'];
const guid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

function shown({ state }: Call, role: RoleAssignment): Json {
  const { name, scope, roleId, principalId, principalType, created } = role;
  const definition = `/subscriptions/${state.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`;
  const createdOn = new Date(created).toISOString();
  return {
    properties: {
      roleDefinitionId: definition,
      principalId,
      principalType,
      scope,
      createdOn,
      updatedOn: createdOn,
    },
    id: `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`,
    type: 'Microsoft.Authorization/roleAssignments',
    name,
  };
}

const keyOf = ({ names }: Call): string => `${names['scope'] ?? ''}/${names['name'] ?? ''}`.toLowerCase();

function put(call: Call): Answer {
  const { state, dependencies, names } = call;
  const { scope = '', name = '' } = names;
  if (!guid.test(name))
    throw new ArmError(
      400,
      'InvalidRoleAssignmentId',
      `The role assignment ID '${name}' is not valid. The role assignment ID must be a GUID.`,
    );
  const properties = optionalObject(bodyOf(call), 'properties');
  const principalId = requiredText(properties, 'principalId');
  const definition = requiredText(properties, 'roleDefinitionId');
  const roleId = /\/roleDefinitions\/([\da-f-]{36})$/i.exec(definition)?.[1]?.toLowerCase();
  if (roleId === undefined)
    throw new ArmError(400, 'BadRequestFormat', 'The role definition is not the id of one.');
  const { directory } = dependencies;
  const { user, host } = directory.registrations;
  const known = [directory.principalId, user.id, host.userAssigned.objectId];
  if (!known.includes(principalId.toLowerCase()))
    throw new ArmError(
      400,
      'PrincipalNotFound',
      `Principal ${principalId.slice(0, 36)} does not exist in the directory.`,
    );
  const same = [...state.roles.values()].find(
    (role) =>
      role.scope.toLowerCase() === scope.toLowerCase() &&
      role.roleId === roleId &&
      role.principalId.toLowerCase() === principalId.toLowerCase(),
  );
  if (same !== undefined && same.name.toLowerCase() !== name.toLowerCase())
    throw new ArmError(409, 'RoleAssignmentExists', 'The role assignment already exists.');
  if (same !== undefined) return { status: 200, body: shown(call, same) };
  if (state.roles.has(keyOf(call)))
    throw new ArmError(
      409,
      'RoleAssignmentUpdateNotPermitted',
      'The role of an assignment cannot be changed.',
    );
  const { principalType } = properties;
  const role: RoleAssignment = {
    name,
    scope,
    roleId,
    principalId,
    principalType: typeof principalType === 'string' ? principalType : 'ServicePrincipal',
    created: dependencies.clock.now(),
  };
  state.roles.set(keyOf(call), role);
  return { status: 201, body: shown(call, role) };
}

function get(call: Call): Answer {
  const role = call.state.roles.get(keyOf(call));
  if (role === undefined)
    throw new ArmError(
      404,
      'RoleAssignmentNotFound',
      `The role assignment '${call.names['name'] ?? ''}' is not found.`,
    );
  return { status: 200, body: shown(call, role) };
}

function remove(call: Call): Answer {
  const role = call.state.roles.get(keyOf(call));
  if (role === undefined) return { status: 204 };
  call.state.roles.delete(keyOf(call));
  return { status: 200, body: shown(call, role) };
}

/** The assignments at the scope and at its parents. */
function list(call: Call): Answer {
  const scope = `${call.names['scope'] ?? ''}/`.toLowerCase();
  const roles = [...call.state.roles.values()].filter((role) =>
    scope.startsWith(`${role.scope.toLowerCase()}/`),
  );
  return { status: 200, body: { value: roles.map((role) => shown(call, role)) } };
}

const all = '{scope}/providers/Microsoft.Authorization/roleAssignments';

export const roleRoutes: readonly Route[] = [
  { method: 'GET', path: pathPattern(all), apiVersions, answer: list },
  { method: 'PUT', path: pathPattern(`${all}/{name}`), apiVersions, answer: put },
  { method: 'GET', path: pathPattern(`${all}/{name}`), apiVersions, answer: get },
  { method: 'DELETE', path: pathPattern(`${all}/{name}`), apiVersions, answer: remove },
];

import type { Account } from '../account';
import { badRequest, conflict, ServiceError } from '../media/errors';
import { linked, text } from '../media/rows';
import type { Outcome, SetRules } from '../media/set-rules';
import { durationMs, isObject } from '../media/values';
import type { Row, Value } from '../model';
import { beginOperation, operationUnderWay, presentLive, presentOperation, requireState } from './operations';

const channelLimit = 5;
const runningEndpointLimit = 2;
const stoppedProgramLimit = 50;
const runningProgramLimit = 3;

export const operationRules: SetRules = { present: presentOperation };

/** Starts an operation on a stored entity and returns the operation id to poll. */
function operate(
  account: Account,
  set: string,
  row: Row,
  verb: string,
  during: string,
  after: string | null,
): Outcome {
  const { operationId, changes } = beginOperation(account, row, verb, during, after);
  account.store.update(set, text(row, 'Id'), { State: text(row, 'State'), ...changes });
  return { operationId };
}

const startAndStop = (set: string): NonNullable<SetRules['actions']> => ({
  Start(account, row) {
    requireState(account, row, 'Start', 'Stopped');
    if (set === 'StreamingEndpoints') checkRunningEndpoints(account);
    if (set === 'Programs') checkRunningPrograms(account, row);
    return operate(account, set, row, 'Start', 'Starting', 'Running');
  },
  Stop(account, row) {
    requireState(account, row, 'Stop', 'Running');
    if (set === 'Channels' && programsOf(account, row).some((program) => program['State'] !== 'Stopped')) {
      throw badRequest('InvalidOperation: the channel has programs that are not stopped.');
    }
    return operate(account, set, row, 'Stop', 'Stopping', 'Stopped');
  },
});

/** A change of settings, which keeps the state. */
function updateWhenStopped(account: Account, row: Row, changes: Row): { row: Row; operationId: string } {
  requireState(account, row, 'Update', 'Stopped');
  const { operationId, changes: pending } = beginOperation(account, row, 'Update', 'Stopped', 'Stopped');
  return { row: { ...changes, State: 'Stopped', ...pending }, operationId };
}

function checkName(account: Account, set: string, row: Row): void {
  const name = text(row, 'Name');
  if (!/^[A-Za-z\d](?:[A-Za-z\d-]*[A-Za-z\d])?$/.test(name)) {
    throw new ServiceError(400, `InvalidResourceName: '${name}' is not a valid name.`, 'InvalidResourceName');
  }
  const isTaken = account.store
    .rows(set)
    .filter((other) => presentLive(account, other) !== undefined)
    .some((other) => text(other, 'Name').toLowerCase() === name.toLowerCase());
  if (isTaken) throw new ServiceError(409, `ResourceNameTaken: '${name}' is in use.`, 'ResourceNameTaken');
}

const overQuota = (message: string): Error =>
  new ServiceError(403, `ExceededResourceQuota: ${message}`, 'ExceededResourceQuota');

function checkRunningEndpoints(account: Account): void {
  const running = account.store
    .rows('StreamingEndpoints')
    .filter((row) => /Running|Starting/.test(text(presentLive(account, row) ?? {}, 'State')));
  if (running.length >= runningEndpointLimit) {
    throw overQuota(`an account has at most ${runningEndpointLimit} running streaming endpoints.`);
  }
}

/** Without its host name while it is being created, as the 202 of the service shows. */
function presentEndpoint(account: Account, row: Row): Row | undefined {
  const isBeingCreated = operationUnderWay(account, row)?.verb === 'Create';
  return presentLive(account, isBeingCreated ? { ...row, HostName: null } : row);
}

/** With a CDN the service set which one; nothing is cached here. */
function withCdn(row: Row, changes: Row): Row {
  if (changes['CdnEnabled'] !== true) return changes;
  const { CdnProvider, CdnProfile } = { ...row, ...changes };
  return {
    ...changes,
    CdnProvider: CdnProvider ?? 'StandardVerizon',
    CdnProfile: CdnProfile ?? 'AzureMediaStreamingPlatformCdnProfile',
  };
}

export const streamingEndpointRules: SetRules = {
  present: presentEndpoint,
  create(account, row) {
    checkName(account, 'StreamingEndpoints', row);
    const endpoint = { ...withCdn({}, row), HostName: new URL(account.url).host, State: 'Stopped' };
    const { operationId, changes } = beginOperation(account, endpoint, 'Create', 'Stopped', 'Stopped');
    return { row: { ...endpoint, ...changes }, operationId };
  },
  update(account, row, changes) {
    return updateWhenStopped(account, row, withCdn(row, changes));
  },
  remove(account, row) {
    if (text(row, 'Name').toLowerCase() === 'default') {
      const code = 'DeleteNotAllowedOnDefaultOrigin';
      throw new ServiceError(400, `${code}: the default streaming endpoint cannot be deleted.`, code);
    }
    requireState(account, row, 'Delete', 'Stopped');
    return operate(account, 'StreamingEndpoints', row, 'Delete', 'Deleting', null);
  },
  actions: {
    ...startAndStop('StreamingEndpoints'),
    Scale(account, row, parameters) {
      requireState(account, row, 'Scale', 'Stopped', 'Running');
      const units = Number(parameters['scaleUnits']);
      if (!Number.isInteger(units) || units < 0 || units > 10) {
        throw badRequest("The value of the parameter 'scaleUnits' is not valid.");
      }
      account.store.update('StreamingEndpoints', text(row, 'Id'), { ScaleUnits: units });
      return operate(account, 'StreamingEndpoints', row, 'Scale', 'Scaling', text(row, 'State'));
    },
  },
};

/** The programs of a channel as they are now. */
function programsOf(account: Account, channel: Row): Row[] {
  return account.store
    .related('Programs', 'ChannelId', text(channel, 'Id'))
    .map((row) => presentLive(account, row))
    .filter((row) => row !== undefined);
}

/** The addresses of ingest and preview; nothing listens there. */
function channelEndpoints(account: Account, row: Row): Row {
  const host = new URL(account.url).hostname;
  const input = isObject(row['Input']) ? row['Input'] : {};
  const protocol = text(input, 'StreamingProtocol') || 'FragmentedMP4';
  const key = account.newGuid().replaceAll('-', '');
  const urls =
    protocol === 'RTMP'
      ? [1935, 1936].map((port) => `rtmp://${host}:${port}/live/${key}`)
      : [`http://${host}/${key}/ingest.isml`];
  const preview = isObject(row['Preview']) ? row['Preview'] : { AccessControl: null };
  const endpoints: Value = [
    { Protocol: 'FragmentedMP4', Url: `${account.url}/${key}/preview.isml/manifest` },
  ];
  return {
    ...row,
    State: 'Stopped',
    Input: {
      ...input,
      StreamingProtocol: protocol,
      Endpoints: urls.map((Url) => ({ Protocol: protocol, Url })),
    },
    Preview: { ...preview, Endpoints: endpoints },
  };
}

const whenRunning =
  (verb: string, ...required: string[]) =>
  (account: Account, row: Row, parameters: Row): Outcome => {
    for (const name of required) {
      if (parameters[name] === undefined) throw badRequest(`The required parameter '${name}' is missing.`);
    }
    requireState(account, row, verb, 'Running');
    return operate(account, 'Channels', row, verb, 'Running', 'Running');
  };

export const channelRules: SetRules = {
  present: presentLive,
  create(account, row) {
    checkName(account, 'Channels', row);
    const channels = account.store
      .rows('Channels')
      .filter((other) => presentLive(account, other) !== undefined);
    if (channels.length >= channelLimit) throw overQuota(`an account has at most ${channelLimit} channels.`);
    const channel = channelEndpoints(account, row);
    const { operationId, changes } = beginOperation(account, channel, 'Create', 'Stopped', 'Stopped');
    return { row: { ...channel, ...changes }, operationId };
  },
  update(account, row, changes) {
    return updateWhenStopped(account, row, keepEndpoints(row, changes));
  },
  remove(account, row) {
    requireState(account, row, 'Delete', 'Stopped');
    if (programsOf(account, row).length > 0) throw badRequest('InvalidOperation: the channel has programs.');
    return operate(account, 'Channels', row, 'Delete', 'Deleting', null);
  },
  actions: {
    ...startAndStop('Channels'),
    Reset: whenRunning('Reset'),
    StartAdvertisement: whenRunning('StartAdvertisement', 'duration', 'cueId'),
    // The documentation lists parameters for these two; Microsoft's own requests send no body.
    EndAdvertisement: whenRunning('EndAdvertisement'),
    ShowSlate: whenRunning('ShowSlate'),
    HideSlate: whenRunning('HideSlate'),
  },
};

/** An update of Input or Preview keeps the addresses, which the service sets. */
function keepEndpoints(row: Row, changes: Row): Row {
  const kept = { ...changes };
  for (const name of ['Input', 'Preview']) {
    const [before, after] = [row[name], changes[name]];
    if (isObject(before) && isObject(after)) kept[name] = { ...after, Endpoints: before['Endpoints'] ?? [] };
  }
  return kept;
}

function checkArchiveWindow(row: Row): void {
  const window = durationMs(text(row, 'ArchiveWindowLength')) ?? 0;
  if (window < 5 * 60_000 || window > 25 * 3_600_000) {
    throw badRequest("The value of the property 'ArchiveWindowLength' must be from PT5M to PT25H.");
  }
}

function checkRunningPrograms(account: Account, row: Row): void {
  const channel = linked(account, 'Channels', text(row, 'ChannelId'));
  if (presentLive(account, channel)?.['State'] !== 'Running') {
    throw badRequest('InvalidOperation: the channel of the program is not running.');
  }
  const running = programsOf(account, channel).filter((program) => program['State'] !== 'Stopped');
  if (running.length >= runningProgramLimit) {
    throw overQuota(`a channel has at most ${runningProgramLimit} running programs.`);
  }
}

export const programRules: SetRules = {
  present: presentLive,
  create(account, row) {
    const channel = linked(account, 'Channels', text(row, 'ChannelId'));
    if (presentLive(account, channel) === undefined)
      throw new ServiceError(404, 'Resource Channel not found');
    const asset = linked(account, 'Assets', text(row, 'AssetId'));
    checkArchiveWindow(row);
    const programs = programsOf(account, channel);
    if (programs.filter((program) => program['State'] === 'Stopped').length >= stoppedProgramLimit) {
      throw overQuota(`a channel has at most ${stoppedProgramLimit} stopped programs.`);
    }
    if (programs.some((program) => program['Name'] === row['Name'])) {
      throw conflict(`ResourceNameTaken: '${text(row, 'Name')}' is in use.`);
    }
    return {
      row: {
        ...row,
        ChannelId: text(channel, 'Id'),
        AssetId: text(asset, 'Id'),
        State: 'Stopped',
        ManifestName: row['ManifestName'] ?? account.newGuid(),
      },
    };
  },
  update(account, row, changes) {
    checkArchiveWindow({ ...row, ...changes });
    requireState(account, row, 'Update', 'Stopped');
    return { row: changes };
  },
  remove(account, row) {
    requireState(account, row, 'Delete', 'Stopped');
    return {};
  },
  actions: startAndStop('Programs'),
};

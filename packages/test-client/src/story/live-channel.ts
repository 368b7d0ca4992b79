/**
 * Scene 3: a channel and a program, made so that they can be changed.
 *
 * Each change has a precondition: a channel is reset while it runs and updated while it is stopped. Each is an operation
 * in the background, which is polled until it ends.
 */
import { entityPath, odataString } from 'ams-rest';
import { all, create, deleteEntity, finished, type Entity, type Stage } from './stage';

type Live = Entity & { readonly State: string };

export async function runLiveChannel(stage: Stage): Promise<void> {
  const { ams, report, runName, signal } = stage;
  const everyone = { IP: { Allow: [{ Name: 'everyone', Address: '0.0.0.0', SubnetPrefixLength: 0 }] } };
  const channelSettings = {
    Name: `${runName}-ch`,
    Description: 'Made by the demo',
    Input: { StreamingProtocol: 'FragmentedMP4', AccessControl: everyone, Endpoints: [] },
    Preview: { AccessControl: everyone, Endpoints: [] },
    Output: { Hls: { FragmentsPerSegment: 1 } },
  };

  const { Id } = await report.step(
    'Create a channel',
    () => create<Live>(stage, 'Channels', channelSettings, stopAndDelete),
    (channel) => `channel ${channel.Id}`,
  );
  const channel = (...rest: string[]) => entityPath('Channels', Id, ...rest);

  await report.step('Start the channel', async () =>
    finished(stage, await ams.request('POST', channel('Start'))),
  );
  await report.step('Reset the channel, which must be running', async () =>
    finished(stage, await ams.request('POST', channel('Reset'))),
  );

  const program = await report.step(
    'Create a program, with an asset to record into',
    async () => {
      const asset = await create(stage, 'Assets', { Name: `${runName}-archive` });
      const settings = {
        Name: `${runName}-program`,
        ChannelId: Id,
        AssetId: asset.Id,
        ArchiveWindowLength: 'PT2H',
      };
      return create<Live>(stage, 'Programs', settings, stopAndDelete);
    },
    ({ Id: id }) => `program ${id}`,
  );
  await report.step('Update the program: ArchiveWindowLength PT1H', async () =>
    finished(
      stage,
      await ams.request('PATCH', entityPath('Programs', program.Id), {
        body: { ArchiveWindowLength: 'PT1H' },
      }),
    ),
  );

  await report.step('Stop the channel', async () =>
    finished(stage, await ams.request('POST', channel('Stop'))),
  );
  await report.step(
    'Update the channel, which must be stopped: Output.Hls.FragmentsPerSegment 2',
    async () => {
      const body = { Output: { Hls: { FragmentsPerSegment: 2 } } };
      await finished(stage, await ams.request('PATCH', channel(), { body }));
      const now = await ams.json<{ Output: { Hls: { FragmentsPerSegment: number } } }>('GET', channel(), {
        signal,
      });
      return now.Output.Hls.FragmentsPerSegment;
    },
    (fragments) => `the channel now has ${fragments} fragments in a segment`,
  );
}

/** Fails with 409 while an operation is under way, and is then tried again. */
async function stopAndDelete(
  stage: Stage,
  entitySet: string,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  const query = { $filter: `Id eq ${odataString(id)}` };
  const [entity] = await all<Live>(stage, entitySet, { query, signal });
  if (!entity) return;
  if (entity.State !== 'Stopped')
    await finished(
      stage,
      await stage.ams.request('POST', entityPath(entitySet, id, 'Stop'), { signal }),
      signal,
    );
  const deleted = await deleteEntity(stage, entitySet, id, signal);
  if (deleted) await finished(stage, deleted, signal);
}

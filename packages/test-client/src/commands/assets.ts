/** `assets`: the asset containers of a storage account, and what each holds. */
import { assetContainers, contentsOf, withAssetStorage, type StorageCommandOptions } from '../asset-storage';
import type { World } from '../context';
import { layOutTable } from '../output/layout';
import { note, tellLine } from '../output/print';

export async function assets(options: StorageCommandOptions, world: World): Promise<undefined> {
  await withAssetStorage(options, world, async (storage) => {
    const rows: string[][] = [];
    let count = 0;
    for await (const container of assetContainers(storage)) {
      const { kind, text, source, blobs, sizeBytes } = await contentsOf(storage, container);
      count++;
      const files = blobs.length;
      if (options.json)
        await tellLine(world, { container, kind, holds: text, source, files, bytes: sizeBytes });
      else rows.push([container, text, String(files), (sizeBytes / 1e6).toFixed(1)]);
    }
    if (rows.length > 0) {
      const head = ['Container', 'Holds', 'Files', 'MB'];
      world.stdout.write(`${layOutTable(head, rows, { width: world.stdout.columns, narrow: 'stack' })}\n`);
    }
    if (!options.json) note(options, world, `${count} found`);
  });
}

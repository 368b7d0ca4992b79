/**
 * The story, in the order of the original sample. Read this first, then the scenes it calls.
 *
 * Each scene uses only the public functions of the library; everything else in this package (settings, output,
 * clean-up, error texts) is around it.
 */
import { authenticate } from './authenticate';
import { encode } from './encode';
import { listEverything } from './list-everything';
import { runLiveChannel } from './live-channel';
import { publish, readBack, type Published } from './publish';
import type { Stage } from './stage';
import { uploadFile } from './upload';

export async function tellStory(stage: Stage, path: string, fileName: string): Promise<Published> {
  const { report } = stage;

  report.heading('Azure AD authentication by REST');
  await authenticate(stage);

  report.heading('What the account holds');
  await listEverything(stage);

  report.heading('Live: a channel and a program');
  await runLiveChannel(stage);

  report.heading('Upload, encode, publish');
  const source = await uploadFile(stage, path, fileName);
  const output = await encode(stage, source);
  const published = await publish(stage, output);

  report.heading('Read it back');
  await readBack(stage, published, source);
  return published;
}

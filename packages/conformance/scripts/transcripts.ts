/** The demo's exchanges as HTTP transcripts, from a run on a local Azure whose ids and clock are the same each time. */
import { join } from 'node:path';
import { startEmulator, type Emulator } from 'ams-emulator';
import {
  AmsClient,
  clientSecretCredential,
  undiciTransport,
  type HttpRequest,
  type HttpResponse,
  type Transport,
} from 'ams-rest';
import { createCleanup } from '../../test-client/src/cleanup';
import type { Report } from '../../test-client/src/output/report';
import { collectSettings, settle } from '../../test-client/src/settings';
import { tellStory } from '../../test-client/src/story';
import type { Stage } from '../../test-client/src/story/stage';
import { formatExchange, maskFor } from './transcript-format';

const SAMPLE = join(__dirname, '../../test-client/media/sample.mp4');

/** Of one scene of the story. */
export interface Transcript {
  /** Below docs/translating/transcripts. */
  readonly fileName: string;
  readonly text: string;
}

/** An example of a secret that must be encoded; it is one nowhere else. */
const CLIENT_SECRET = 'an+example&of=a/secret';

export async function recordTranscripts(): Promise<Transcript[]> {
  const emulator = await startEmulator({
    seed: 'transcripts',
    tenantDomain: 'contoso.onmicrosoft.com',
    clientSecret: CLIENT_SECRET,
  });
  const network = undiciTransport();
  try {
    const notes = createNotes(emulator);
    const stage = stageFor(emulator, notes.watch(network), notes.report);
    await tellStory(stage, SAMPLE, 'sample.mp4');
    notes.report.heading('Clean up');
    const left = await notes.report.step('Delete what this run created', () =>
      stage.cleanup.run(AbortSignal.timeout(60_000)),
    );
    if (left.length > 0) throw new Error(`not deleted: ${left.map(({ what }) => what).join(', ')}`);
    return notes.transcripts();
  } finally {
    await network.close();
    await emulator.close();
  }
}

function stageFor(emulator: Emulator, transport: Transport, report: Report): Stage {
  const settings = settle(collectSettings([['local Azure', emulator.env]]), 'Media Services', 'ams');
  const credential = clientSecretCredential({ ...settings, transport });
  const stageAt = (endpoint: string): Stage => ({
    settings,
    embedded: true,
    // The clock moves by a second at each request, so nothing is won by waiting.
    pollIntervalMs: 1,
    transport,
    credential,
    credentialReason: '',
    ams: new AmsClient({ endpoint, credential, transport }),
    at: stageAt,
    report,
    cleanup: createCleanup(1),
    signal: new AbortController().signal,
    runName: 'demo',
  });
  return stageAt(settings.endpoint);
}

interface Notes {
  readonly report: Report;
  watch(transport: Transport): Transport;
  transcripts(): Transcript[];
}

interface Scene {
  readonly title: string;
  readonly parts: string[];
}

/** Takes down each exchange under the scene and step that it belongs to. */
function createNotes(emulator: Emulator): Notes {
  const mask = maskFor(emulator);
  const scenes: Scene[] = [];
  let step = '';
  const add = (request: HttpRequest, response: HttpResponse) =>
    scenes.at(-1)?.parts.push(`### ${mask(step)}\n\n${formatExchange(request, response, mask)}`);
  const nothing = () => undefined;
  const report: Report = {
    async step(title, work) {
      step = title;
      return work();
    },
    heading: (title) => scenes.push({ title, parts: [] }),
    line: nothing,
    result: nothing,
    table: nothing,
    progress: nothing,
    watch: (transport) => transport,
    steps: [],
    get currentStep() {
      return step;
    },
  };
  return {
    report,
    watch: (transport) => async (request) => {
      const response = await transport(request);
      add(request, response);
      return response;
    },
    transcripts: () =>
      scenes.map(({ title, parts }, index) => ({
        fileName: `${index + 1}-${title.toLowerCase().replace(/\W+/g, '-')}.http`,
        text: `# ${title}\n\n${parts.join('\n')}`,
      })),
  };
}

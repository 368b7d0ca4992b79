/** One emulator for the tests of a file, and a transport to it that keeps what it carried. */
import { startEmulator, type Emulator, type EmulatorOptions } from '../../../ams-emulator/src';
import { undiciTransport, type HttpRequest, type Transport } from '../../src';

/** Started before the first test of the file and closed after the last. */
export function emulatorForFile(options: EmulatorOptions = {}): () => Emulator {
  let emulator: Emulator | undefined;
  beforeAll(async () => {
    emulator = await startEmulator(options);
  });
  afterAll(() => emulator?.close());
  return () => {
    if (!emulator) throw new Error('the emulator is started before the first test, not earlier');
    return emulator;
  };
}

/** Whom to ask, by what name. */
export function authorityOf({ authorityHost, tenantId, clientId }: Emulator) {
  return { authorityHost, tenantId, clientId };
}

export interface WatchedTransport {
  readonly transport: Transport;
  readonly requests: readonly HttpRequest[];
  /** The forms that went to the token endpoint. */
  readonly forms: () => Record<string, string>[];
}

const open: { close(): Promise<void> }[] = [];
afterAll(async () => {
  for (const thing of open.splice(0)) await thing.close();
});

export function watchedTransport(): WatchedTransport {
  const inner = undiciTransport();
  open.push(inner);
  const requests: HttpRequest[] = [];
  return {
    requests,
    forms: () =>
      requests
        .filter(({ url }) => /\/token$/.test(url))
        .map(({ body }) => Object.fromEntries(new URLSearchParams(String(body)))),
    transport: (request) => {
      requests.push(request);
      return inner(request);
    },
  };
}

/** The claims of a JWT, unverified. */
export function claimsOf(jwt: string | undefined): Record<string, unknown> {
  return jwtPart(jwt, 1);
}

export function headerOf(jwt: string | undefined): Record<string, unknown> {
  return jwtPart(jwt, 0);
}

function jwtPart(jwt: string | undefined, index: number): Record<string, unknown> {
  const part = jwt?.split('.')[index] ?? '';
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
}

/** Every fault of the table, over real sockets; see faults/table.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificates, type Certificates } from './helpers/certificates';
import { everyPrint } from './helpers/values';
import type { Door, Fault } from './faults/fault';
import { faultMatrixPage } from './faults/page';
import { becomesZero, meet, SECRETS, type Wire } from './faults/run';
import { faults } from './faults/table';

const DOORS: readonly Door[] = ['get', 'post', 'token'];
/** Waiting costs time, so that is done once with each transport. */
const WIRES: readonly (Wire & { name: string; slowToo: boolean })[] = [
  { name: 'undici over TCP', over: 'undici', tls: false, slowToo: true },
  { name: 'undici over TLS', over: 'undici', tls: true, slowToo: false },
  { name: 'fetch over TCP', over: 'fetch', tls: false, slowToo: true },
];

let certificates: Certificates;
let before: Map<string, number>;

beforeAll(async () => {
  certificates = await makeCertificates();
});

/** The kinds of things that keep the process alive, sockets and timers above all. */
function resources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo())
    if (/TCP|TLS|Timeout/.test(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

beforeEach(() => {
  before = resources();
});

afterEach(async () => {
  const leftOpen = () =>
    [...resources()].filter(([kind, count]) => count > (before.get(kind) ?? 0)).map(([kind]) => kind);
  await becomesZero(() => leftOpen().length);
  expect(leftOpen()).toEqual([]);
});

describe.each(WIRES)('$name', (wire) => {
  const groups = Object.entries(faults).map(([title, rows]): [string, Fault[]] => [
    title,
    rows.filter(({ slow = false }) => wire.slowToo || !slow),
  ]);
  describe.each(groups.filter(([, rows]) => rows.length > 0))('%s', (_, rows) => {
    test.each(rows)('$name', async (fault) => {
      const encounters = await Promise.all(DOORS.map((door) => meet(fault, door, wire, certificates)));
      const expected = wire.over === 'fetch' ? { ...fault, ...fault.overFetch } : fault;
      expect(encounters.map(({ outcome }) => outcome)).toEqual(DOORS.map((door) => expected[door]));

      for (const { error, listeners, sockets } of encounters) {
        expect({ listeners, sockets }).toEqual({ listeners: 0, sockets: 0 });
        const printed = error === undefined ? '' : everyPrint(error);
        for (const secret of SECRETS)
          for (const form of [
            secret,
            encodeURIComponent(secret),
            new URLSearchParams({ s: secret }).toString().slice(2),
          ])
            expect(printed).not.toContain(form);
      }
    });
  });
});

test('the page in docs/ shows this table', () => {
  const page = readFileSync(join(__dirname, '../../../docs/fault-matrix.md'), 'utf8');
  // After a change: node --require ts-node/register/transpile-only packages/ams-rest/test/faults/write-page.ts
  expect(page).toBe(faultMatrixPage());
});

test('no object of the platform was polluted', () => {
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

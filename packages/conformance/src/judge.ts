/** Runs a port through vectors and scenarios, and decides for each requirement whether it holds. */
import { difference } from './compare';
import { openPort, type Port } from './port';
import type { Json } from './protocol';
import { firstLines, NotAttempted, type Scenario, type Stage } from './scenario';
import { SCENARIOS } from './scenarios';
import { openStand, type Lane, type Stand } from './stand';
import {
  LEVELS,
  loadRequirements,
  loadVectors,
  type FunctionVectors,
  type Level,
  type Requirement,
  type VectorCase,
} from './vectors';
import type { Wire } from './wire';

/** One thing that was not as it must be. */
export interface Failure {
  /** The vector's id, or `scenario NAME`. */
  readonly where: string;
  readonly expected: Json;
  readonly arrived: Json;
}

export interface Verdict {
  readonly requirement: Requirement;
  /** A failure anywhere is a failure; a pass needs each of its vectors and scenarios to be attempted. */
  readonly result: 'pass' | 'fail' | 'not attempted';
  /** How many vectors and checks of scenarios held. */
  readonly passed: number;
  /** How many vectors and scenarios the port did not attempt. */
  readonly skipped: number;
  readonly failures: readonly Failure[];
}

export interface JudgeOptions {
  /** Judge this level and those before it; default complete. */
  readonly level?: Level;
  /** Judge only these requirements. */
  readonly only?: readonly string[];
  /** Run only the vectors, without a local Azure; a requirement without vectors is left out. Default false. */
  readonly vectorsOnly?: boolean;
  /** How many processes of the port play scenarios at the same time; default 4. */
  readonly jobs?: number;
  /** For one answer of the port; default 60 000. */
  readonly timeoutMs?: number;
  /** The working folder of the port; default that of the judge. */
  readonly cwd?: string;
  readonly onStderr?: (text: string) => void;
  /** Called for each requirement as soon as it is decided. */
  readonly onVerdict?: (verdict: Verdict) => void;
  /** Default: a new one, which is closed at the end. */
  readonly stand?: Stand;
}

/**
 * Judges a port on its vectors and scenarios. Starts the local Azure if a scenario needs it, and stops all it started.
 *
 * @throws TypeError for an unknown requirement or an empty command.
 * @throws PortNotStarted when the port ends before it has answered anything.
 */
export async function judge(command: readonly string[], options: JudgeOptions = {}): Promise<Verdict[]> {
  const requirements = selected(options);
  const docket = openDocket(requirements, options);
  const queue = [...docket.scenarios];
  const stand = queue.length > 0 ? (options.stand ?? (await openStand())) : undefined;
  const lanes: Lane[] = [];
  const ports: Port[] = [];
  const start = async () => {
    const lane = await stand?.openLane();
    if (lane) lanes.push(lane);
    // In UTC, a port that reads dates in the zone of its machine would pass.
    const port = openPort(command, { ...options, env: { TZ: 'Asia/Kathmandu', ...lane?.env } });
    ports.push(port);
    return { lane, port };
  };
  const play = async ({ lane, port }: Awaited<ReturnType<typeof start>>) => {
    if (!lane) return;
    for (let scenario = queue.shift(); scenario; scenario = queue.shift())
      await judgeScenario(scenario, port, lane, docket);
  };
  try {
    const first = await start();
    await first.port.ready();
    const others = Math.max(0, Math.min(options.jobs ?? 4, queue.length) - 1);
    await allSettled([
      judgeVectors(first.port, docket).then(() => play(first)),
      ...Array.from({ length: others }, async () => play(await start())),
    ]);
  } finally {
    await Promise.all(ports.map((port) => port.close()));
    await Promise.all(lanes.map((lane) => lane.close()));
    if (stand && stand !== options.stand) await stand.close();
  }
  return requirements.map(({ id }) => docket.verdict(id));
}

/** Waits for all before it throws the first error, so that nothing still runs when the judge cleans up. */
async function allSettled(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason;
}

/** The notes on each requirement, and what must still be run to decide it. */
interface Docket {
  readonly vectors: readonly FunctionVectors[];
  readonly scenarios: readonly Scenario[];
  note(requirement: string, act: (tally: Tally) => void): void;
  /** A vector or scenario about these requirements is over. */
  over(requirements: readonly string[]): void;
  verdict(id: string): Verdict;
}

interface Tally {
  readonly requirement: Requirement;
  passed: number;
  skipped: number;
  open: number;
  readonly failures: Failure[];
}

function openDocket(requirements: readonly Requirement[], { vectorsOnly, onVerdict }: JudgeOptions): Docket {
  const tallies = new Map<string, Tally>(
    requirements.map((requirement) => [
      requirement.id,
      { requirement, passed: 0, skipped: 0, open: 0, failures: [] },
    ]),
  );
  const vectors = loadVectors().map((each) => ({
    ...each,
    cases: each.cases.filter(({ requirement }) => tallies.has(requirement)),
  }));
  const scenarios = vectorsOnly
    ? []
    : SCENARIOS.filter((scenario) => scenario.requirements.some((id) => tallies.has(id)));
  for (const { requirement } of vectors.flatMap(({ cases }) => cases)) open(requirement);
  for (const id of scenarios.flatMap((scenario) => scenario.requirements)) open(id);
  function open(id: string): void {
    const tally = tallies.get(id);
    if (tally) tally.open++;
  }
  const verdict = (id: string) => toVerdict(tallies.get(id) as Tally);
  return {
    vectors,
    scenarios,
    note: (id, act) => {
      const tally = tallies.get(id);
      if (tally) act(tally);
    },
    over: (ids) => {
      for (const id of ids) {
        const tally = tallies.get(id);
        if (tally && --tally.open === 0) onVerdict?.(verdict(id));
      }
    },
    verdict,
  };
}

function selected({ level = 'complete', only, vectorsOnly }: JudgeOptions): readonly Requirement[] {
  const highest = LEVELS.indexOf(level);
  const known = loadRequirements();
  const unknown = only?.find((id) => !known.some((requirement) => requirement.id === id));
  if (unknown !== undefined) throw new TypeError(`there is no requirement ${unknown}`);
  const withVectors = new Set(
    loadVectors().flatMap(({ cases }) => cases.map(({ requirement }) => requirement)),
  );
  return known.filter(
    ({ id, level: own }) =>
      LEVELS.indexOf(own) <= highest && (only?.includes(id) ?? true) && (!vectorsOnly || withVectors.has(id)),
  );
}

function toVerdict({ requirement, passed, skipped, failures }: Tally): Verdict {
  const result = failures.length > 0 ? 'fail' : skipped > 0 || passed === 0 ? 'not attempted' : 'pass';
  return { requirement, result, passed, skipped, failures };
}

async function judgeVectors(port: Port, docket: Docket): Promise<void> {
  for (const vectors of docket.vectors)
    for (const vector of vectors.cases) {
      const found = await judgeVector(port, vectors, vector);
      docket.note(vector.requirement, (tally) => {
        if (found === 'skipped') tally.skipped++;
        else if (found === undefined) tally.passed++;
        else tally.failures.push({ where: vector.id, ...found });
      });
      docket.over([vector.requirement]);
    }
}

async function judgeVector(port: Port, vectors: FunctionVectors, vector: VectorCase) {
  try {
    const answer = await port.ask({ name: vectors.function, input: vector.input });
    return 'notAttempted' in answer ? 'skipped' : difference(vectors, vector, answer);
  } catch (error) {
    return { expected: 'an answer', arrived: messageOf(error) };
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

async function judgeScenario(
  scenario: Scenario,
  port: Port,
  { emulator, wire }: Lane,
  docket: Docket,
): Promise<void> {
  const where = `scenario ${scenario.name}`;
  const unchecked = new Set(scenario.requirements);
  const note = (requirement: string, act: (tally: Tally) => void) => {
    if (!scenario.requirements.includes(requirement))
      throw new Error(`${where} checks ${requirement}, which it does not name`);
    unchecked.delete(requirement);
    docket.note(requirement, act);
  };
  const stage: Stage = {
    emulator,
    wire,
    async ask(name, input, rules = []) {
      wire.clear(rules);
      const answer = await port.ask({ name, input });
      if ('notAttempted' in answer) throw new NotAttempted(name);
      return answer;
    },
    restart: () => port.close(),
    check: (requirement, ok, expected, arrived) =>
      note(requirement, (tally) => {
        if (ok) tally.passed++;
        else tally.failures.push({ where, expected, arrived });
      }),
  };
  try {
    await scenario.run(stage);
    if (unchecked.size > 0) throw new Error(`${where} did not check ${[...unchecked].join(', ')}`);
  } catch (error) {
    for (const requirement of [...unchecked])
      note(requirement, (tally) => {
        if (error instanceof NotAttempted) tally.skipped++;
        else tally.failures.push({ where, expected: 'an answer', arrived: stalled(messageOf(error), wire) });
      });
  }
  docket.over(scenario.requirements);
}

/** Where a story stopped is in the requests that came before. */
const MAX_SHOWN = 12;

function stalled(reason: string, { arrived }: Wire): string {
  const lines = firstLines(arrived);
  const left = lines.length - MAX_SHOWN;
  const shown = [...(left > 0 ? [`${left} earlier ones`] : []), ...lines.slice(-MAX_SHOWN)];
  return `${reason}; requests that had arrived: ${shown.join(', ') || 'none'}`;
}

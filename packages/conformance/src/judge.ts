/** Runs a port through vectors and scenarios, and tells for each requirement what came of it. */
import { difference } from './compare';
import { openPort, type Port } from './port';
import type { Answer, Json, Task } from './protocol';
import { NotAttempted, type Scenario, type Stage } from './scenario';
import { SCENARIOS } from './scenarios';
import { openStand, type Stand } from './stand';
import { LEVELS, loadRequirements, loadVectors, type Level, type Requirement } from './vectors';

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
  /** Judge these requirements alone. */
  readonly only?: readonly string[];
  /** For one answer of the port; default 60 000. */
  readonly timeoutMs?: number;
  readonly onStderr?: (text: string) => void;
  /** Default: one of its own, which is closed in the end. */
  readonly stand?: Stand;
}

interface Tally {
  passed: number;
  skipped: number;
  readonly failures: Failure[];
}

/**
 * Starts the local Azure and the port, and stops both in the end. A port that does not start fails everything.
 *
 * @throws TypeError for a requirement that there is not, or an empty command.
 */
export async function judge(command: readonly string[], options: JudgeOptions = {}): Promise<Verdict[]> {
  const requirements = selected(options);
  const tallies = new Map<string, Tally>(
    requirements.map(({ id }) => [id, { passed: 0, skipped: 0, failures: [] }]),
  );
  const stand = options.stand ?? (await openStand());
  const port = openPort(command, { ...options, env: stand.env });
  try {
    await judgeVectors(port, tallies);
    for (const scenario of SCENARIOS)
      if (scenario.requirements.some((id) => tallies.has(id)))
        await judgeScenario(scenario, port, stand, tallies);
  } finally {
    await port.close();
    if (!options.stand) await stand.close();
  }
  return requirements.map((requirement) => verdict(requirement, tallies));
}

function selected({ level = 'complete', only }: JudgeOptions): readonly Requirement[] {
  const highest = LEVELS.indexOf(level);
  const known = loadRequirements();
  const unknown = only?.find((id) => !known.some((requirement) => requirement.id === id));
  if (unknown !== undefined) throw new TypeError(`there is no requirement ${unknown}`);
  return known.filter(({ id, level: own }) => LEVELS.indexOf(own) <= highest && (only?.includes(id) ?? true));
}

function verdict(requirement: Requirement, tallies: ReadonlyMap<string, Tally>): Verdict {
  const { passed = 0, skipped = 0, failures = [] } = tallies.get(requirement.id) ?? {};
  const result = failures.length > 0 ? 'fail' : skipped > 0 || passed === 0 ? 'not attempted' : 'pass';
  return { requirement, result, passed, skipped, failures };
}

async function judgeVectors(port: Port, tallies: ReadonlyMap<string, Tally>): Promise<void> {
  for (const vectors of loadVectors())
    for (const vector of vectors.cases) {
      const tally = tallies.get(vector.requirement);
      if (!tally) continue;
      const answer = await askOrFail(port, { name: vectors.function, input: vector.input }, tally, vector.id);
      if (answer === undefined) continue;
      if ('notAttempted' in answer) {
        tally.skipped++;
        continue;
      }
      const found = difference(vectors, vector, answer);
      if (found === undefined) tally.passed++;
      else tally.failures.push({ where: vector.id, ...found });
    }
}

async function askOrFail(port: Port, task: Task, tally: Tally, where: string): Promise<Answer | undefined> {
  try {
    return await port.ask(task);
  } catch (error) {
    tally.failures.push({ where, expected: 'an answer', arrived: messageOf(error) });
    return undefined;
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

async function judgeScenario(
  scenario: Scenario,
  port: Port,
  { emulator, wire }: Stand,
  tallies: ReadonlyMap<string, Tally>,
): Promise<void> {
  const where = `scenario ${scenario.name}`;
  const unchecked = new Set(scenario.requirements);
  const note = (requirement: string, act: (tally: Tally) => void) => {
    if (!scenario.requirements.includes(requirement))
      throw new Error(`${where} checks ${requirement}, which it does not name`);
    unchecked.delete(requirement);
    const tally = tallies.get(requirement);
    if (tally) act(tally);
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
        else tally.failures.push({ where, expected: 'an answer', arrived: messageOf(error) });
      });
  }
}

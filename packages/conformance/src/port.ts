/** The port as a process: a task goes in as one line, an answer comes out as one line. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseAnswer, type Answer, type Task } from './protocol';

export interface Port {
  /**
   * Starts the process, and asks it for an operation that no port has.
   *
   * @throws PortNotStarted when it does not answer.
   */
  ready(): Promise<void>;
  /** @throws Error when the port ends, writes something else than an answer, or takes too long. */
  ask(task: Task): Promise<Answer>;
  close(): Promise<void>;
}

export interface PortOptions {
  /** Added to the environment of the judge. */
  readonly env: Readonly<Record<string, string>>;
  /** For one answer; default 60 000. */
  readonly timeoutMs?: number;
  /** Its working folder; default that of the judge. */
  readonly cwd?: string;
  /** Called with what the port writes to its standard error. */
  readonly onStderr?: (text: string) => void;
}

interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<string>;
}

/** Some languages start slowly, whatever the limit for one answer is. */
const START_LIMIT_MS = 60_000;

/** The command does not run as a port at all. */
export class PortNotStarted extends Error {}

/** The process starts with the first task, and again after it ended or was stopped for taking too long. */
export function openPort(command: readonly string[], options: PortOptions): Port {
  const [file, ...parameters] = command;
  if (file === undefined) throw new TypeError('there is no command to start the port with');
  const { timeoutMs = 60_000 } = options;
  let running: Running | undefined;
  let nextLine: (line: string) => void = () => undefined;

  function start(program: string): Running {
    const child = spawn(program, parameters, { cwd: options.cwd, env: { ...process.env, ...options.env } });
    const ended = new Promise<string>((resolve) => {
      child.on('error', (error) => resolve(error.message));
      child.on('close', (code, signal) => resolve(`the port ended with ${signal ?? String(code)}`));
    });
    // A port that ends while a task is written to it is reported by `ended`.
    child.stdin.on('error', () => undefined);
    createInterface({ input: child.stdout }).on('line', (line) => nextLine(line));
    child.stderr.setEncoding('utf8').on('data', (text: string) => options.onStderr?.(text));
    return { child, ended };
  }

  async function stop(): Promise<void> {
    if (!running) return;
    const { child, ended } = running;
    running = undefined;
    child.kill('SIGKILL');
    await ended;
  }

  async function ask(task: Task, limitMs = timeoutMs): Promise<Answer> {
    const { child, ended } = (running ??= start(file ?? ''));
    let timer: NodeJS.Timeout | undefined;
    const line = new Promise<string>((resolve) => (nextLine = resolve));
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
    });
    const over = ended.then((reason) => Promise.reject(new Error(reason)));
    try {
      child.stdin.write(`${JSON.stringify(task)}\n`);
      return parseAnswer(await Promise.race([line, late, over]));
    } catch (error) {
      await stop();
      throw error;
    } finally {
      clearTimeout(timer);
      over.catch(() => undefined);
    }
  }

  async function ready(): Promise<void> {
    try {
      await ask({ name: 'ready', input: {} }, Math.max(timeoutMs, START_LIMIT_MS));
    } catch (error) {
      const { cwd = process.cwd() } = options;
      throw new PortNotStarted(
        `The port could not be started: ${(error as Error).message}. The command is run in ${cwd}; ` +
          'give the path of the program so that it can be found from there.',
      );
    }
  }

  return { ready, ask: (task) => ask(task), close: stop };
}

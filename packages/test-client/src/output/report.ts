/** All that the person sees: numbered steps, what went over the wire, tables. Nothing leaves here unredacted. */
import {
  redactHeaders,
  redactText,
  redactUrl,
  type HttpRequest,
  type HttpResponse,
  type Transport,
} from 'ams-rest';
import { layOutTable, type Colors, type Output } from './layout';
import { createProgress, type ProgressState } from './progress';

export type Verbosity = 'quiet' | 'normal' | 'verbose';

export interface ReportOptions {
  /** Where people read; stdout for the story, stderr where stdout is for data. */
  readonly out: Output;
  readonly verbosity: Verbosity;
  readonly colors: Colors;
  /** Values that must not be shown, whatever text they come in. */
  readonly secrets: readonly string[];
  /** Called with each URL, to leave out what is the same in all. */
  readonly shorten: (url: string) => string;
}

/** One step as `--json` tells it. */
export interface StepRecord {
  readonly number: number;
  readonly title: string;
  readonly outcome: string;
  readonly ok: boolean;
  readonly durationMs: number;
  readonly exchanges: readonly Seen[];
}

export interface Seen {
  readonly call: string;
  status: string;
  times: number;
}

export interface Report {
  /** Runs one numbered step and prints its title, its exchanges, how long it took and how it came out. */
  step<T>(title: string, work: () => Promise<T>, outcome?: (value: T) => string): Promise<T>;
  heading(text: string): void;
  line(text: string): void;
  /** Shown even when quiet. */
  result(text: string): void;
  table(columns: readonly string[], rows: readonly (readonly string[])[]): void;
  progress(state: ProgressState): void;
  /** The same transport, its exchanges shown in the step that caused them. */
  watch(transport: Transport): Transport;
  /** The steps so far, the one under way included. */
  readonly steps: readonly StepRecord[];
  /** The title of the step under way. */
  readonly currentStep: string;
}

const INDENT = '     ';

export function createReport({ out, verbosity, colors, secrets, shorten }: ReportOptions): Report {
  const steps: StepRecord[] = [];
  let currentStep = '';
  let seen: Seen[] = [];
  const bar = createProgress(out, INDENT);

  const print = (text: string) => {
    bar.clear();
    out.write(`${redactText(text, secrets)}\n`);
  };
  const line = (text: string) => {
    if (verbosity !== 'quiet') print(text === '' ? '' : INDENT + text);
  };

  async function step<T>(
    title: string,
    work: () => Promise<T>,
    outcome: (value: T) => string = () => 'done',
  ): Promise<T> {
    const number = steps.length + 1;
    const started = performance.now();
    currentStep = title;
    seen = [];
    if (verbosity !== 'quiet') print(`\n${colors.cyan(String(number).padStart(3))}. ${colors.bold(title)}`);

    const end = (how: string, ok: boolean) => {
      const durationMs = Math.round(performance.now() - started);
      steps.push({
        number,
        title: redactText(title, secrets),
        outcome: redactText(how, secrets),
        ok,
        durationMs,
        exchanges: seen,
      });
      for (const { call, status, times } of seen)
        line(colors.dim(`${call} → ${status}${times > 1 ? `, ${times} times` : ''}`));
      line(`${(ok ? colors.green : colors.red)(how)} (${durationMs} ms)`);
    };
    try {
      const value = await work();
      end(outcome(value), true);
      return value;
    } catch (error) {
      end('failed', false);
      throw error;
    }
  }

  function remember(request: HttpRequest, status: string): void {
    const call = `${request.method} ${shorten(redactUrl(request.url)).replace(/(blockid=)[^&]+/, '$1…')}`;
    const known = seen.find((one) => one.call === call);
    if (known) Object.assign(known, { status, times: known.times + 1 });
    else seen.push({ call, status, times: 1 });
  }

  return {
    step,
    line,
    steps,
    get currentStep() {
      return currentStep;
    },
    heading: (text) => verbosity !== 'quiet' && print(`\n${colors.bold(colors.underline(text))}`),
    result: print,
    table(columns, rows) {
      if (verbosity === 'quiet' || rows.length === 0) return;
      const cells = rows.map((row) => row.map((cell) => redactText(cell, secrets)));
      const width = out.columns === undefined ? undefined : out.columns - INDENT.length;
      for (const text of layOutTable(columns, cells, width).split('\n')) line(text);
    },
    progress: (state) => verbosity !== 'quiet' && bar.show(state),
    watch: (transport) => async (request) => {
      if (verbosity === 'verbose') traceRequest(line, request);
      try {
        const response = await transport(request);
        remember(request, String(response.status));
        if (verbosity === 'verbose') traceResponse(line, response);
        return response;
      } catch (error) {
        remember(request, request.signal?.aborted ? 'broken off' : 'no answer');
        throw error;
      }
    },
  };
}

function traceRequest(line: Report['line'], request: HttpRequest): void {
  line(`> ${request.method} ${redactUrl(request.url)}`);
  for (const [name, value] of Object.entries(redactHeaders(request.headers))) line(`> ${name}: ${value}`);
}

function traceResponse(line: Report['line'], response: HttpResponse): void {
  line(`< ${response.status}, ${response.body.length} bytes`);
  for (const [name, value] of Object.entries(redactHeaders(response.headers))) line(`< ${name}: ${value}`);
}

/** The story on a terminal: numbered steps with their exchanges, and tables. All of it is redacted, controls shown. */
import {
  redactHeaders,
  redactText,
  redactUrl,
  type HttpRequest,
  type HttpResponse,
  type Transport,
} from 'ams-rest';
import { layOutTable, wrap, type Colors, type Output, type TableOptions } from './layout';
import { createProgress, type ProgressState } from './progress';
import { visible, visibleInLine } from './visible';

export type Verbosity = 'quiet' | 'normal' | 'verbose';

export interface ReportOptions {
  /** stdout for the story, stderr where stdout is for data. */
  readonly out: Output;
  readonly verbosity: Verbosity;
  readonly colors: Colors;
  /** Values that are removed from all text. */
  readonly secrets: readonly string[];
  /** Called with each URL, to leave out what all have in common. */
  readonly shorten: (url: string) => string;
}

/** One step, as `--json` prints it. */
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
  /** Runs one numbered step and prints its title, its exchanges, its outcome and how long it took. */
  step<T>(title: string, work: () => Promise<T>, outcome?: (value: T) => string): Promise<T>;
  heading(text: string): void;
  line(text: string): void;
  /** Shown even when quiet. */
  result(text: string): void;
  table(
    columns: readonly string[],
    rows: readonly (readonly string[])[],
    narrow?: TableOptions['narrow'],
  ): void;
  progress(state: ProgressState): void;
  /** The same transport; its exchanges are shown in the step that caused them. */
  watch(transport: Transport): Transport;
  /** The steps that have ended. */
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

  const plain = (text: string) => text;
  const width = () => (out.columns ?? Infinity) - INDENT.length;
  const clean = (text: string) => visible(redactText(text, secrets));
  const print = (text: string, paint = plain, before = '') => {
    bar.clear();
    out.write(`${before}${paint(clean(text))}\n`);
  };
  /** Prints a line after `before`, as wide as the indent; what does not fit follows below it, indented further. */
  const fit = (text: string, paint = plain, before = INDENT) => {
    // Redacted first: a secret across a line break would not be found.
    const [whole = '', ...more] = wrap(clean(text), width());
    const lines = more.length === 0 ? [whole] : wrap(clean(text), width() - 2);
    print(lines.join(`\n${INDENT}  `), paint, before);
  };
  const line = (text: string, paint = plain) => {
    if (verbosity === 'quiet') return;
    if (text === '') print('');
    else fit(text, paint);
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
    if (verbosity !== 'quiet') fit(title, colors.bold, `\n${colors.cyan(String(number).padStart(3))}. `);

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
        line(`${call} → ${status}${times > 1 ? `, ${times} times` : ''}`, colors.dim);
      line(`${how} (${durationMs} ms)`, (text) =>
        text.replace(/^.*(?=\s+\(\d+\s+ms\)$)/s, ok ? colors.green : colors.red),
      );
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
    heading(text) {
      if (verbosity !== 'quiet') print(text, (one) => colors.bold(colors.underline(one)), '\n');
    },
    result: (text) => print(text),
    table(columns, rows, narrow) {
      if (verbosity === 'quiet' || rows.length === 0) return;
      const cells = rows.map((row) => row.map((cell) => redactText(cell, secrets)));
      const dropped = (names: readonly string[]) => left.push(...names);
      const left: string[] = [];
      const table = layOutTable(columns, cells, { width: width(), dropped, ...(narrow && { narrow }) });
      for (const text of table.split('\n')) print(text, plain, INDENT);
      if (left.length > 0) line(`(not shown in this width: ${left.join(', ')})`, colors.dim);
    },
    progress(state) {
      if (verbosity !== 'quiet') bar.show({ ...state, label: visibleInLine(state.label) });
    },
    watch: (transport) => async (request) => {
      if (verbosity === 'verbose') traceRequest(line, request);
      try {
        const response = await transport(request);
        remember(request, String(response.status));
        if (verbosity === 'verbose') traceResponse(line, response);
        return response;
      } catch (error) {
        remember(request, request.signal?.aborted ? 'interrupted' : 'no answer');
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

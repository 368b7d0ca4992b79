/** All that the person sees: numbered steps, what went over the wire, tables. Nothing leaves here unredacted. */
import Table from 'cli-table3';
import {
  redactHeaders,
  redactText,
  redactUrl,
  type HttpRequest,
  type HttpResponse,
  type Transport,
} from 'ams-rest';
import type { Options } from './options';

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Report {
  /** Runs one numbered step and prints its title, its exchanges, how long it took and how it came out. */
  step<T>(title: string, work: () => Promise<T>, outcome?: (value: T) => string): Promise<T>;
  heading(text: string): void;
  line(text: string): void;
  /** Shown even when quiet. */
  result(text: string): void;
  table(columns: readonly string[], rows: readonly (readonly string[])[]): void;
  /** A line that replaces itself on a terminal, and is written once for each new text elsewhere. */
  progress(text: string): void;
  /** The same transport, its exchanges shown in the step that caused them. */
  watch(transport: Transport): Transport;
}

interface Seen {
  readonly call: string;
  status: string;
  times: number;
}

const INDENT = '     ';

/**
 * @param secrets Values that must not be shown, whatever text they come in.
 * @param shorten Called with each URL, to leave out what is the same in all.
 */
export function createReport(
  out: Output,
  verbosity: Options['verbosity'],
  secrets: readonly string[],
  shorten: (url: string) => string,
): Report {
  let number = 0;
  let seen: Seen[] = [];
  let lastProgress = '';

  const print = (text: string) => out.write(`${redactText(text, secrets)}\n`);
  const clearProgress = () => {
    if (out.isTTY && lastProgress) out.write('\r\x1b[K');
    lastProgress = '';
  };
  const line = (text: string) => {
    if (verbosity === 'quiet') return;
    clearProgress();
    print(text === '' ? '' : INDENT + text);
  };

  async function step<T>(
    title: string,
    work: () => Promise<T>,
    outcome: (value: T) => string = () => 'done',
  ): Promise<T> {
    number++;
    seen = [];
    const started = performance.now();
    if (verbosity !== 'quiet') print(`\n${String(number).padStart(3)}. ${title}`);
    const took = () => `${Math.round(performance.now() - started)} ms`;
    const showExchanges = () =>
      seen.forEach(({ call, status, times }) =>
        line(`${call} → ${status}${times > 1 ? `, ${times} times` : ''}`),
      );
    try {
      const value = await work();
      showExchanges();
      line(`${outcome(value)} (${took()})`);
      return value;
    } catch (error) {
      showExchanges();
      line(`failed (${took()})`);
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
    heading: (text) => verbosity !== 'quiet' && print(`\n${text}`),
    result: (text) => {
      clearProgress();
      print(text);
    },
    table(columns, rows) {
      if (verbosity === 'quiet' || rows.length === 0) return;
      const cells = rows.map((row) => row.map((cell) => redactText(cell, secrets)));
      for (const text of layOut(columns, cells, out.columns).split('\n')) line(text.trimEnd());
    },
    progress(text) {
      if (verbosity === 'quiet' || text === lastProgress) return;
      if (out.isTTY) {
        clearProgress();
        out.write(INDENT + redactText(text, secrets));
      } else {
        print(INDENT + text);
      }
      lastProgress = text;
    },
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

/** Columns as wide as what is in them; where the terminal is narrower, the last one wraps. */
function layOut(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  terminal = Infinity,
): string {
  const widths = columns.map(
    (head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)) + 2,
  );
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + 1, INDENT.length + 1);
  const last = Math.max(20, Math.min(widths.at(-1) ?? 0, terminal - before - 1));
  const table = new Table({
    head: [...columns],
    colWidths: [...widths.slice(0, -1), last],
    wordWrap: true,
    style: { head: [], border: [], compact: true },
    chars: NO_BORDER,
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

const NO_BORDER = Object.fromEntries(
  (
    'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid ' +
    'right right-mid'
  )
    .split(' ')
    .map((name) => [name, '']),
);

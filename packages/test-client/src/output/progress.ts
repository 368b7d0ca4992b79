/** Progress: a bar with rate and time left on a terminal, plain lines in a log. */
import { SingleBar } from 'cli-progress';
import type { Output } from './layout';

export interface ProgressState {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** Default percent. */
  readonly unit?: 'bytes';
}

export interface Progress {
  show(state: ProgressState): void;
  /** Removes the bar, so that something else can be written. */
  clear(): void;
}

const MIB = 1024 * 1024;

export function createProgress(out: Output, indent: string): Progress {
  return out.isTTY ? bar(out, indent) : lines(out, indent);
}

function bar(out: Output, indent: string): Progress {
  let current: SingleBar | undefined;
  let started = 0;
  const clear = () => {
    current?.stop();
    current = undefined;
  };
  return {
    clear,
    show({ label, done, total, unit }) {
      if (!current) {
        started = performance.now();
        current = new SingleBar({
          format: `${indent}{bar} {percentage} % {label}${unit ? ', {rate} MiB/s, {eta_formatted} left' : ''}`,
          barsize: 24,
          barCompleteChar: '█',
          barIncompleteChar: '░',
          clearOnComplete: true,
          stream: out as NodeJS.WritableStream,
        });
        current.start(total, 0, { label, rate: '0.0' });
      }
      const seconds = Math.max(0.001, (performance.now() - started) / 1000);
      current.update(done, { label, rate: (done / MIB / seconds).toFixed(1) });
      if (done >= total) clear();
    },
  };
}

function lines(out: Output, indent: string): Progress {
  let last = '';
  return {
    clear: () => undefined,
    show({ label, done, total, unit }) {
      const percent = Math.floor((100 * done) / Math.max(1, total));
      const text = `${label} ${unit ? Math.floor(percent / 10) * 10 : percent} %`;
      if (text !== last) out.write(`${indent}${text}\n`);
      last = text;
    },
  };
}

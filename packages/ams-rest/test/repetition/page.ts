/** The table of repetitions as a page to read. */
import { table } from '../faults/page';
import { rest, storage, type Repetition } from './table';

const INTRODUCTION = `# When the first answer is lost

<!-- Printed from packages/ams-rest/test/repetition/table.ts, whose rows the tests play. Do not edit. -->

The service carries a request out, and the connection breaks before the answer arrives. The library sends the request again
where that is safe, and judges the answer as the answer to a repetition: a DELETE that now gets 404 has succeeded. This is
what each call that changes something leads to, and each POST that only reads. Calls that are not listed send GET or HEAD, or
no request at all.

\`outcomeUnknown\` means that the request may have been carried out. Look before doing it again; the error has the
\`clientRequestId\` to look with.
`;

const HEADINGS = ['Call', 'Sent again', 'The service answers', 'The caller gets'] as const;

export function repetitionPage(): string {
  const section = (title: string, rows: readonly Repetition[]) =>
    `\n## ${title}\n\n${table([HEADINGS, ...rows.map(cells)])}`;
  return (
    INTRODUCTION +
    section('Blob Storage', storage) +
    section('Media Services, Resource Manager, token endpoint', rest)
  );
}

function cells({ call, again, answered, result }: Repetition): string[] {
  return [call, again || 'nothing', answered, result];
}

/** The fault matrix as a page to read. */
import { GAVE_UP, type Fault } from './fault';
import { runs } from './runs';
import { faults } from './table';

const INTRODUCTION = `# What happens when something goes wrong

<!-- Printed from packages/ams-rest/test/faults/table.ts, which is also what the tests run. Do not edit. -->

Each line is a fault, tried over real sockets (TCP and TLS, with undici and with fetch) on three kinds of request:
a GET and a POST to the Media Services API, and a request to the token endpoint. \`3×\` is how often it was sent; the
tests allow two retries, the default is three. What follows is what the caller gets.

- **not sent** (\`maybeSent: false\`): no byte reached the service, so a POST may be, and was, tried again.
- **outcome unknown** (\`outcomeUnknown: true\`): the POST may have been carried out, so it was not tried again; the
  error has the \`clientRequestId\` to look with.
- **gave up …** and the like is the error's \`stopped\`; \`attempts\` is how often it tried.
- A token request may always be repeated: carried out twice it does no harm.
- \`fetch\` cannot tell a failed TLS handshake from a failure after it, so over \`fetchTransport\` that counts as
  maybe sent, and a POST is not repeated then. All other lines are the same.

**At most** is how long the caller waits with the default limits, besides the time that answers take: 60 s for one
try (\`timeoutMs\`, connection and body included), 120 s for all tries and waits (\`retry.totalTimeoutMs\`), and
back-offs of 0.5, 1 and 2 s less their jitter. A \`Retry-After\` is obeyed in full when it fits into the 120 s, and
not at all when it does not.

After every line the tests see that no socket, timer, listener or promise was left behind, that no other host was
asked, and that neither the client secret nor a token is in anything that the error shows.
`;

const HEADINGS = ['Fault', 'GET', 'POST', 'Token request', 'At most'] as const;

const RUNS = `
## Over many calls

A call that is refused is sent once more with a new token; however many are refused at once, one new token is asked
for. A call that no token satisfies ends with the 401 after two tries.

`;

export function faultMatrixPage(): string {
  const sections = Object.entries(faults).map(
    ([title, rows]) => `\n## ${title}\n\n${table([HEADINGS, ...rows.map(cells)])}`,
  );
  return (
    INTRODUCTION + sections.join('') + RUNS + table([['Fault', 'What came of it'], ...Object.entries(runs)])
  );
}

function cells(fault: Fault): string[] {
  return [fault.name, fault.get, fault.post, fault.token, atMost(fault)];
}

function atMost({ slow, get, post, token }: Fault): string {
  if (slow) return '120 s';
  const all = [get, post, token];
  if (all.some((cell) => cell.endsWith(GAVE_UP))) return '3.5 s';
  return get === '2× ok' && /^[23]×/.test(token) ? '0.5 s' : '0 s';
}

/** Columns as wide as their widest cell, as a formatter would have them. */
export function table(rows: readonly (readonly string[])[]): string {
  const [headings = [], ...body] = rows;
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[], fill: string) =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width, fill)).join(' | ')} |\n`;
  return line(headings, ' ') + line([], '-') + body.map((row) => line(row, ' ')).join('');
}

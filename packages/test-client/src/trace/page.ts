/**
 * The trace as one self-contained page: nothing is loaded from anywhere, and a Content-Security-Policy that names
 * its one style and one script by their hashes allows nothing else.
 */
import { createHash } from 'node:crypto';
import { asCurl } from './curl';
import { meaningOf } from './meaning';
import { STYLE } from './page-style';
import type { Message, Recorded, TraceParty } from './recorder';

const LANES = ['Client', 'STS', 'Resource Manager', 'Media Services', 'Storage', 'Streaming, others'];
const LANE_OF: Readonly<Record<TraceParty, number>> = {
  STS: 2,
  'Resource Manager': 3,
  'Media Services': 4,
  Storage: 5,
  Streaming: 6,
  'Other API': 6,
};

/** Copies the text of the command beside the button; without it the text can still be selected and copied. */
const SCRIPT = `
document.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-copies]');
  if (!button) return;
  navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent).then(
    () => { button.textContent = 'Copied'; },
    () => { button.textContent = 'Mark the text and copy it'; });
});
`;

export function toPage(exchanges: readonly Recorded[]): string {
  const policy =
    `default-src 'none'; style-src 'sha256-${sha256(STYLE)}'; script-src 'sha256-${sha256(SCRIPT)}'; ` +
    `base-uri 'none'; form-action 'none'`;
  const failed = exchanges.filter(({ status }) => status === undefined || status >= 400).length;
  const total = exchanges.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>What went over the wire</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>What went over the wire</h1>
<p>${exchanges.length} exchanges, ${Math.round(total)} ms on the wire, ${failed} of them refused or without an answer.
Open one to see it whole. Tokens, secrets and signatures were taken out before anything was written.</p>
<div class="lanes" aria-hidden="true">${LANES.map((lane) => `<span>${lane}</span>`).join('')}</div>
${sections(exchanges)}
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

/** One section for each step of the story, in its order. */
function sections(exchanges: readonly Recorded[]): string {
  const steps: { title: string; items: string[] }[] = [];
  exchanges.forEach((exchange, index) => {
    if (steps.at(-1)?.title !== exchange.step) steps.push({ title: exchange.step, items: [] });
    steps.at(-1)?.items.push(item(exchange, index + 1));
  });
  return steps
    .map(
      ({ title, items }) =>
        `<h2>${escape(title || 'Before the first step')}</h2>\n<ol>\n${items.join('\n')}\n</ol>`,
    )
    .join('\n');
}

function item(exchange: Recorded, number: number): string {
  const { method, url, status, failure, durationMs, party } = exchange;
  const { text, reference } = meaningOf(exchange);
  const bad = status === undefined || status >= 400 ? ' failed' : '';
  const { pathname } = new URL(url);
  const outcome = status === undefined ? 'no answer' : String(status);
  return `<li><details>
<summary><span class="arrow to-${LANE_OF[party]}${bad}"><span class="party">Client to ${party}: </span>${method} ${escape(shortPath(pathname))} → ${outcome}
<span class="what">${durationMs} ms</span></span></summary>
<div class="body">
<p>${escape(text)} <a href="${escape(reference)}" rel="noreferrer">Where this is specified</a></p>
${exchange.token.length > 0 ? tokenTable(exchange) : ''}
<section><h3>Request</h3><pre>${escape(`${method} ${url}\n${messageText(exchange.request)}`)}</pre></section>
<section><h3>${exchange.response ? 'Answer' : 'No answer'}</h3><pre>${escape(
    exchange.response ? `${outcome}\n${messageText(exchange.response)}` : (failure ?? ''),
  )}</pre></section>
${curlSection(exchange, number)}
</div></details></li>`;
}

function curlSection(exchange: Recorded, number: number): string {
  const { command, note } = asCurl(exchange);
  const remark = note ? `\n<p>${escape(note)}</p>` : '';
  if (!command) return `<section><h3>As curl</h3>${remark}</section>`;
  return `<section><h3>As curl <button type="button" data-copies="curl-${number}">Copy as curl</button></h3>${remark}
<pre id="curl-${number}">${escape(command)}</pre></section>`;
}

function tokenTable({ token }: Recorded): string {
  const rows = token.map(
    ({ party, name, value, meaning }) =>
      `<tr><td>${escape(party)}</td><td><code>${escape(name)}</code></td><td>${escape(value)}</td><td>${escape(meaning)}</td></tr>`,
  );
  return `<section><h3>The token, decoded for display</h3><table>
<thead><tr><th scope="col">Party</th><th scope="col">Claim</th><th scope="col">Value</th><th scope="col">Meaning</th></tr></thead>
<tbody>${rows.join('')}</tbody></table></section>`;
}

function messageText({ headers, body, bodyBytes, withheld }: Message): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const size = `(${bodyBytes} bytes${withheld ? `, not recorded: ${withheld}` : ''})`;
  const shown = body ? pretty(body) : bodyBytes > 0 ? size : '';
  return [...lines, ...(shown ? ['', shown] : [])].join('\n');
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

/** Ids are long; the whole address is inside. */
function shortPath(pathname: string): string {
  const path = pathname
    .replace(/^\/[^/]+(?=\/oauth2\/)/, '/…')
    .replace(/%3A/gi, ':')
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/gi, '…');
  return path.length > 70 ? `…${path.slice(-69)}` : path;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

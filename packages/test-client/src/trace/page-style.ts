/** How the trace page looks, in light and dark, wide and on a phone. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #57606a; --line: #d0d7de; --paper: #ffffff; --tint: #f6f8fa;
  --accent: #0b5394; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #9aa4af; --line: #3a424c; --paper: #0d1117; --tint: #161b22; --accent: #79b8ff; --bad: #ff8a80; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
a { color: var(--accent); }
.lanes, summary { display: grid; grid-template-columns: repeat(6, 1fr); align-items: center; }
.lanes { position: sticky; top: 0; background: var(--paper); border-bottom: 1px solid var(--line); text-align: center;
  font-weight: 600; padding: .5rem 0; z-index: 1; }
ol { list-style: none; padding: 0; margin: 0; }
details { border-bottom: 1px solid var(--line); }
summary { cursor: pointer; padding: .35rem 0; list-style: none;
  background: repeating-linear-gradient(to right, transparent 0 calc(8.333% - .5px), var(--line) calc(8.333% - .5px) calc(8.333% + .5px),
    transparent calc(8.333% + .5px) 16.667%); }
summary::-webkit-details-marker { display: none; }
summary:hover, summary:hover .arrow { background-color: var(--tint); }
summary:focus-visible { outline: 3px solid var(--accent); outline-offset: -3px; }
.arrow { grid-row: 1; margin: 0 8.333%; padding: .1rem .5rem; border-bottom: 2px solid var(--ink); position: relative;
  overflow-wrap: anywhere; text-align: center; font-size: .9rem; background: var(--paper); }
.arrow::after { content: ''; position: absolute; right: -1px; bottom: -6px; border: 5px solid transparent;
  border-left: 9px solid var(--ink); border-right: 0; }
.to-2 { grid-column: 1 / span 2; margin: 0 25%; } .to-3 { grid-column: 1 / span 3; margin: 0 16.67%; }
.to-4 { grid-column: 1 / span 4; margin: 0 12.5%; } .to-5 { grid-column: 1 / span 5; margin: 0 10%; }
.to-6 { grid-column: 1 / span 6; }
.failed { color: var(--bad); border-color: var(--bad); }
.what { color: var(--soft); font-size: .85rem; }
.party { display: none; }
.body { padding: .5rem 0 1rem; display: grid; gap: .75rem; grid-template-columns: minmax(0, 1fr); }
pre { margin: 0; padding: .75rem; background: var(--tint); border: 1px solid var(--line); border-radius: 6px; overflow-x: auto;
  font: 13px/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
h3 { margin: .25rem 0; font-size: .95rem; }
table { border-collapse: collapse; } td, th { text-align: left; padding: .2rem .75rem .2rem 0; vertical-align: top; overflow-wrap: anywhere; }
td code { white-space: nowrap; }
button { font: inherit; font-size: .85rem; padding: .2rem .7rem; border: 1px solid var(--line); border-radius: 6px;
  background: var(--tint); color: var(--ink); cursor: pointer; }
button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); }
@media (max-width: 44rem) {
  td { display: block; padding: 0; } td:first-child { padding-top: .75rem; } thead { display: none; }
  .lanes { display: none; }
  summary { display: block; background: none; padding: .6rem 0; }
  summary .arrow { display: block; border: 0; margin: 0; padding: 0; text-align: left; } .arrow::after { display: none; }
  .party { display: inline; color: var(--soft); }
}
`;

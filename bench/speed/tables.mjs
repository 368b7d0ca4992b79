/** Tables as Markdown. */

export function tableOf(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const digits = (value) => (Number.isInteger(value) ? String(value) : value.toPrecision(3));

export function targetLine({ what, limit, value }) {
  return `${value <= limit ? 'met' : 'NOT met'}: ${what}: ${digits(value)}, target at most ${limit}`;
}

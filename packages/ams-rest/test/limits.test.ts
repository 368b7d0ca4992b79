/** Every loop, size and time that a server could stretch has a limit; docs/limits.md shows them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { limitsPage, loops, sizes, times } from './limits/table';

const PAGE = join(__dirname, '../../../docs/limits.md');

test('the page in docs/ shows this table', () => {
  if (process.env['WRITE_PAGES']) writeFileSync(PAGE, limitsPage());
  // After a change: WRITE_PAGES=1 npx jest limits
  expect(readFileSync(PAGE, 'utf8')).toBe(limitsPage());
});

test.each([...loops, ...sizes, ...times])('$what: an endless server ends in an error', async (row) => {
  const error = await row.endless();
  expect([error.name, error.message]).toEqual([row.error[0], expect.stringContaining(row.error[1])]);
});

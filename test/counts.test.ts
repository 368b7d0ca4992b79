/** What the bench counts stays as it is: these figures are the same on every machine, and no time is among them. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

test('requests, connections, bytes and files loaded', async () => {
  const bench = join(__dirname, '../bench/speed/bench.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [bench, '--counts']);
  expect(JSON.parse(stdout)).toEqual({
    'token requests of 1000 cold callers': 1,
    'requests of one GET': 1,
    'connections of one more GET': 0,
    'bytes sent by one GET, token aside': 274,
    'entities listed': 5000,
    'requests of that list': 5,
    'files loaded of the library': 2,
    'files loaded of undici with it': 0,
  });
});

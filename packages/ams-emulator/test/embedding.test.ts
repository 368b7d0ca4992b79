/** The emulator inside another program: what it leaves behind after a failed start, and after it is closed. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startEmulator } from '../src/index';

/** Temporary folders are made in here, so that one left over is seen. */
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'embedding-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Node modules of others keep caches there; those are not meant. */
const leftOver = async () => (await readdir(folder)).filter((name) => name.startsWith('ams-emulator'));

/** Runs the body of an async function and gives what it prints; one that does not end by itself rejects. */
async function run(body: string): Promise<string> {
  // As it was built before all tests, which starts faster than the sources.
  const program = `const { startEmulator } = require('./dist/index.js'); (async () => { ${body} })();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--eval', program], {
    cwd: join(__dirname, '..'),
    env: { ...process.env, TMPDIR: folder, TEMP: folder },
    timeout: 100_000,
  });
  return stdout.trim();
}

test('once closed it keeps neither the process nor a folder', async () => {
  const printed = await run(`
    const emulator = await startEmulator();
    console.log(require('node:fs').readdirSync(${JSON.stringify(folder)}).join());
    await fetch(emulator.apiEndpoint);
    await emulator.close();
  `);
  expect(printed).toContain('ams-emulator');
  expect(await leftOver()).toEqual([]);
});

test('a port that is taken is Node’s own error, and nothing is left', async () => {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
  const { port } = blocker.address() as AddressInfo;
  const printed = await run(`await startEmulator({ port: ${port} }).catch(({ code }) => console.log(code));`);
  await new Promise((resolve) => blocker.close(resolve));
  expect(printed).toBe('EADDRINUSE');
  expect(await leftOver()).toEqual([]);
});

test('a data folder that is in use is refused with the reason, and the process ends', async () => {
  const data = JSON.stringify(join(folder, 'data'));
  const printed = await run(`
    const first = await startEmulator({ data: ${data} });
    await startEmulator({ data: ${data}, port: 0 }).catch(({ message }) => console.log(message, process.pid));
    await first.close();
    const again = await startEmulator({ data: ${data} });
    await again.close();
  `);
  expect(printed).toMatch(/^the data folder \S+ is in use by process (\d+); stop that emulator .* \1$/);
});

test('a port of Blob Storage that is taken is named as such, and everything else is closed', async () => {
  const data = JSON.stringify(join(folder, 'data'));
  const printed = await run(`
    const first = await startEmulator({ data: ${data} });
    const port = Number(new URL(first.blobEndpoint).port);
    await first.close();
    const blocker = require('node:net').createServer();
    await new Promise((resolve) => blocker.listen(port, '127.0.0.1', resolve));
    await startEmulator({ data: ${data} }).catch(({ message }) => console.log(message === \`Blob Storage cannot listen on port \${port}, which stored URLs name (EADDRINUSE)\`));
    blocker.close();
  `);
  expect(printed).toBe('true');
});

test('a folder whose emulator was killed is taken over', async () => {
  const data = join(folder, 'data');
  await mkdir(data);
  // No process has this id, and this process began at another time.
  for (const holder of ['{"pid":4194305,"started":0}', '{"pid":', `{"pid":${process.pid},"started":0}`]) {
    await writeFile(join(data, 'lock'), holder);
    const emulator = await startEmulator({ data });
    await emulator.close();
  }
  expect(await readdir(data)).not.toContain('lock');
});

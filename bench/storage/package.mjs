/**
 * Compares `ams package` with a plain copy of the same bytes: `downloadToFile` of the library. Both read from a server
 * that answers as Blob Storage does. Needs ffmpeg on the PATH. Arguments, both optional: minutes of film (5,20), rounds (5).
 */
import { execFile } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const exec = promisify(execFile);
const CONTAINER = 'asset-00000000-0000-4000-8000-000000000000';

/** A film of 10 s at 8 Mbit/s, repeated. */
async function makeFilm(folder, minutes) {
  const [clip, film] = [join(folder, 'clip.mp4'), join(folder, 'film.mp4')];
  const noise = 'testsrc2=size=1280x720:rate=25,noise=alls=40:allf=t';
  const encoding =
    '-c:v libx264 -preset ultrafast -b:v 8M -maxrate 8M -bufsize 8M -g 50 -pix_fmt yuv420p -c:a aac';
  const inputs = ['-f', 'lavfi', '-i', noise, '-f', 'lavfi', '-i', 'sine', '-t', '10'];
  await exec('ffmpeg', ['-v', 'error', '-y', ...inputs, ...encoding.split(' '), clip]);
  const again = [
    '-stream_loop',
    String(minutes * 6 - 1),
    '-i',
    clip,
    '-c',
    'copy',
    '-movflags',
    '+faststart',
  ];
  await exec('ffmpeg', ['-v', 'error', '-y', ...again, film]);
  return film;
}

/** Lists one blob and reads its ranges. */
async function serve(film) {
  const { size } = await stat(film);
  const list =
    `<EnumerationResults><Blobs><Blob><Name>film.mp4</Name><Properties><Content-Length>${size}</Content-Length>` +
    '<Etag>"1"</Etag></Properties></Blob></Blobs><NextMarker/></EnumerationResults>';
  const server = createServer((request, response) => {
    response.setHeader('etag', '"1"');
    if (request.url.includes('comp=list')) return response.end(list);
    const [, first, last] =
      /bytes=(\d+)-(\d+)/.exec(request.headers['x-ms-range'] ?? request.headers.range ?? '') ?? [];
    const [start, end] =
      first === undefined ? [0, size - 1] : [Number(first), Math.min(Number(last), size - 1)];
    response.writeHead(first === undefined ? 200 : 206, {
      'content-length': end - start + 1,
      'content-range': `bytes ${start}-${end}/${size}`,
      'last-modified': new Date(0).toUTCString(),
    });
    if (request.method === 'HEAD') return response.end();
    return createReadStream(film, { start, end, highWaterMark: 1024 * 1024 }).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { size, url: `http://127.0.0.1:${server.address().port}/account`, close: () => server.close() };
}

async function run(args, env, folder) {
  const usage = join(folder, 'usage.json');
  const NODE_OPTIONS = `--require=${here('./usage.cjs')}`;
  await exec(process.execPath, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, ...env, USAGE: usage, NODE_OPTIONS },
  });
  return JSON.parse(await readFile(usage, 'utf8'));
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

async function compare(folder, minutes, rounds) {
  const server = await serve(await makeFilm(folder, minutes));
  const to = join(folder, 'to');
  const ways = {
    copy: () => run([here('copy.mjs'), `${server.url}/${CONTAINER}/film.mp4?sig=x`, to], {}, folder),
    'ams package': () =>
      run(
        [here('../../ams.js'), 'package', CONTAINER, '--to', to, '--quiet'],
        { AZURE_STORAGE_ACCOUNT: server.url, AZURE_STORAGE_SAS_TOKEN: 'sig=x' },
        folder,
      ),
  };
  const facts = { copy: [], 'ams package': [] };
  for (let round = 0; round < rounds; round++)
    for (const [way, start] of Object.entries(ways)) {
      await rm(to, { recursive: true, force: true });
      facts[way].push(await start());
    }
  server.close();
  const mib = server.size / 1024 / 1024;
  return Object.entries(facts).map(([way, runs]) => [
    ...[minutes, mib.toFixed(0), way, median(runs.map(({ seconds }) => mib / seconds)).toFixed(0)],
    median(runs.map(({ seconds }, round) => seconds / facts.copy[round].seconds)).toFixed(2),
    median(runs.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2),
    median(runs.map(({ peakMiB }) => peakMiB)).toFixed(0),
  ]);
}

const [minutes = '5,20', rounds = '5'] = process.argv.slice(2);
const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'bench-package-'));
const row = (cells) => console.log(`| ${cells.join(' | ')} |`);
try {
  const head = ['minutes', 'MiB', 'way', 'MiB/s, median', 'time, × copy', 'processor s', 'peak MiB'];
  row(head);
  row(head.map(() => '---'));
  for (const each of minutes.split(',').map(Number))
    for (const cells of await compare(folder, each, Number(rounds))) row(cells);
} finally {
  await rm(folder, { recursive: true });
}

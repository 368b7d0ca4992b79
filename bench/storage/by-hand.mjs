/** What somebody writes who needs exactly this and no more: no retry, no check, no limit. */
import { open } from 'node:fs/promises';
import { Pool } from 'undici';
import { BLOCK, measure, PARALLEL } from './measure.mjs';

async function upload(url, path) {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: PARALLEL });
  const file = await open(path, 'r');
  const { size } = await file.stat();
  const ids = Array.from({ length: Math.ceil(size / BLOCK) }, (_, i) => btoa(String(i).padStart(8, '0')));
  const put = async (query, body) => {
    const answer = await pool.request({ method: 'PUT', path: pathname + query, body });
    await answer.body.dump();
    if (answer.statusCode !== 201) throw new Error(String(answer.statusCode));
  };
  const queue = ids.entries();
  const worker = async () => {
    const buffer = Buffer.allocUnsafeSlow(BLOCK);
    for (const [index, id] of queue) {
      const { bytesRead } = await file.read(buffer, 0, BLOCK, index * BLOCK);
      await put(`?comp=block&blockid=${encodeURIComponent(id)}`, buffer.subarray(0, bytesRead));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  const items = ids.map((id) => `<Latest>${id}</Latest>`).join('');
  await put('?comp=blocklist', `<?xml version="1.0"?><BlockList>${items}</BlockList>`);
  await file.close();
  await pool.close();
}

async function download(url, path) {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: PARALLEL });
  const head = await pool.request({ method: 'HEAD', path: pathname });
  await head.body.dump();
  const size = Number(head.headers['content-length']);
  const file = await open(path, 'w');
  const starts = Array.from({ length: Math.ceil(size / BLOCK) }, (_, i) => i * BLOCK).values();
  const worker = async () => {
    for (const start of starts) {
      const range = `bytes=${start}-${Math.min(start + BLOCK, size) - 1}`;
      const answer = await pool.request({ method: 'GET', path: pathname, headers: { range } });
      const bytes = Buffer.from(await answer.body.arrayBuffer());
      await file.write(bytes, 0, bytes.length, start);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  await file.sync();
  await file.close();
  await pool.close();
}

await measure({ upload, download });

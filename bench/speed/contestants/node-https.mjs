/** node:http and node:https with a keep-alive agent, nothing else. */
import http from 'node:http';
import https from 'node:https';

/** @type {import('../contestant.mjs').Open} */
export async function open({ apiUrl, headers }) {
  const { request, Agent } = apiUrl.startsWith('https:') ? https : http;
  const agent = new Agent({ keepAlive: true });
  const text = (path) =>
    new Promise((resolve, reject) => {
      const sent = request(apiUrl + path, { agent, headers }, (answer) => {
        const chunks = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('end', () => resolve(Buffer.concat(chunks).toString()));
        if (answer.statusCode !== 200) reject(new Error(String(answer.statusCode)));
      });
      sent.on('error', reject).end();
    });
  return { get: async (path) => JSON.parse(await text(path)).d };
}

// A worker thread that counts the assets. Its first message is the port for token requests.
import { AmsClient } from 'ams-rest';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { tokensFrom } from './worker-tokens.js';

parentPort?.once('message', (port: MessagePort) => {
  const { endpoint } = workerData as { endpoint: string };
  const ams = new AmsClient({ endpoint, credential: tokensFrom(port) });
  void countAssets(ams).then((count) => parentPort?.postMessage(count));
});

async function countAssets(ams: AmsClient): Promise<number> {
  const ids: string[] = [];
  for await (const { Id } of ams.list<{ Id: string }>('Assets')) ids.push(Id);
  return ids.length;
}

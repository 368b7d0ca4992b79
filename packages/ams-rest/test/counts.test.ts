/** What a reader has to hold in the head: the size of the heart, and the files that one request enters. */
import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { clientSecretCredential, RestClient } from '../src';
import { closing } from './helpers/closing';
import { answer, startServer, type ReceivedRequest } from './helpers/scripted-server';

const SRC = join(__dirname, '../src');

/** The files that `starts` import, and what those import, and themselves. */
function closure(starts: readonly string[], found = new Set<string>()): Set<string> {
  for (const path of starts.filter((start) => !found.has(start))) {
    found.add(path);
    const { importedFiles } = ts.preProcessFile(readFileSync(path, 'utf8'));
    const inside = importedFiles.map(({ fileName }) => fileName).filter((name) => name.startsWith('.'));
    closure(
      inside.map((name) => `${join(dirname(path), name)}.ts`),
      found,
    );
  }
  return found;
}

/** Lines that hold more than a comment. */
function linesOfCode(path: string): number {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const lines = new Set<number>();
  const visit = (node: ts.Node): void => {
    if (node.getChildCount(source) === 0)
      for (const position of [node.getStart(source), node.getEnd()])
        lines.add(source.getLineAndCharacterOfPosition(position).line);
    else
      node
        .getChildren(source)
        .filter((child) => !ts.isJSDoc(child))
        .forEach(visit);
  };
  visit(source);
  return lines.size;
}

test('the token by client secret and the authorized request are 14 files', () => {
  const files = [
    ...closure(['token/client-credentials.ts', 'rest/rest-client.ts'].map((name) => join(SRC, name))),
  ];
  expect(files.map((path) => relative(SRC, path)).sort()).toHaveLength(14);
  expect(files.reduce((sum, path) => sum + linesOfCode(path), 0)).toBeLessThanOrEqual(1579);
});

/** The files of the library that have a function which runs while `work` does. */
async function filesEntered(work: () => Promise<unknown>): Promise<string[]> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  await work();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  session.disconnect();
  const folder = `${pathToFileURL(SRC).href}/`;
  const entered = result.filter(({ functions }) =>
    functions.some(({ ranges }) => (ranges[0]?.count ?? 0) > 0),
  );
  return entered.flatMap(({ url }) => (url.startsWith(folder) ? [url.slice(folder.length)] : [])).sort();
}

/** Functions of one call each, which a reader need not open. */
const HELPERS = new Set(
  ['abort', 'messages', 'redact', 'url'].map((name) => `http/${name}.ts`).concat('token/access-token.ts'),
);

test('an authorized request goes through five files, and through two more for its token', async () => {
  const token = { token_type: 'Bearer', access_token: 'a', expires_in: 3600 };
  const server = closing(
    await startServer(({ path }: ReceivedRequest) => answer(200, path.startsWith('/t/') ? token : { id: 1 })),
  );
  const credential = clientSecretCredential({
    tenantId: 't',
    clientId: 'c',
    clientSecret: 'secret',
    authorityHost: server.origin,
  });
  const client = closing(
    new RestClient({ endpoint: server.origin, credential, scope: 'api://films/.default' }),
  );
  const request = () => client.request('GET', 'films', { query: { page: 1 } });
  const steps = [
    'rest/rest-client.ts',
    'rest/bearer.ts',
    'token/token-cache.ts',
    'http/retry.ts',
    'http/undici-transport.ts',
  ];
  const forToken = ['token/client-credentials.ts', 'token/token-endpoint.ts'];
  const cold = await filesEntered(request);
  expect(cold.filter((path) => !HELPERS.has(path))).toEqual([...steps, ...forToken].sort());
  const warm = await filesEntered(request);
  expect(warm.filter((path) => !HELPERS.has(path))).toEqual(steps.sort());
});

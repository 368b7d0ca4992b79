/** The TypeScript of a page in docs/, made to run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tls from 'node:tls';
import { compileFunction } from 'node:vm';
import ts from 'typescript';
import * as undici from 'undici';
import * as amsRest from '../../src';

const modules: Readonly<Record<string, unknown>> = { 'ams-rest': amsRest, undici, 'node:tls': tls };

/** Runs every block of the page and gives what they export, all together. */
export function runBlocks(page: string): Record<string, unknown> {
  const text = readFileSync(join(__dirname, '../../../../docs', page), 'utf8');
  const exported: Record<string, unknown> = {};
  for (const [, code = ''] of text.matchAll(/^```ts\n([\s\S]*?)^```/gm)) {
    const { outputText } = ts.transpileModule(code, { compilerOptions: { module: ts.ModuleKind.CommonJS } });
    const run = compileFunction(outputText, ['require', 'exports']) as (...args: unknown[]) => void;
    run((name: string) => modules[name], exported);
  }
  return exported;
}

/** ams-rest as a port: reads tasks from standard input, writes answers to standard output. */
import { createInterface } from 'node:readline';
import type { Answer, Json, Task } from '../../src/protocol';
import { portError } from './errors';
import { FUNCTIONS } from './functions';
import { OPERATIONS } from './operations';

async function answer({ name, input }: Task): Promise<Answer> {
  const run = FUNCTIONS[name] ?? OPERATIONS[name];
  if (!run) return { notAttempted: true };
  try {
    return { output: (await run(input as never)) as Json };
  } catch (error) {
    return { error: portError(error) };
  }
}

async function main(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin }))
    process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line) as Task))}\n`);
}

void main();

/** The generic authorized request from the shell; the answer goes to stdout as JSON, for `jq` and the like. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { AmsMethod } from 'ams-rest';
import type { GlobalOptions, World } from '../context';
import { withSession } from '../session';
import { UsageError } from '../settings';

export interface CallOptions extends GlobalOptions {
  readonly query?: readonly string[];
  readonly body?: string;
  readonly header?: readonly string[];
  readonly all?: boolean;
}

const METHODS: readonly AmsMethod[] = ['GET', 'POST', 'PUT', 'PATCH', 'MERGE', 'DELETE'];

export async function call(verb: string, path: string, options: CallOptions, world: World): Promise<void> {
  const method = METHODS.find((one) => one === verb.toUpperCase());
  if (!method) throw new UsageError(`${verb} is no verb of the API; it has ${METHODS.join(', ')}.`);
  if (options.all && method !== 'GET') throw new UsageError('--all goes with GET only.');
  const query = Object.fromEntries((options.query ?? []).map((pair) => split(pair, '=', '--query')));
  const headers = Object.fromEntries((options.header ?? []).map((pair) => split(pair, ':', '--header')));
  const body = options.body === undefined ? undefined : await readBody(options.body, world);

  await withSession(options, world, {}, async ({ ams, signal }) => {
    if (options.all) {
      for await (const entity of ams.list(path, { query, headers, signal }))
        world.stdout.write(`${JSON.stringify(entity)}\n`);
      return;
    }
    const request = { query, headers, signal, ...(body !== undefined && { body }) };
    const answer = await ams.request(method, path, request);
    if (answer.body !== undefined) world.stdout.write(`${JSON.stringify(answer.body, null, 2)}\n`);
    else if (!options.quiet) world.stderr.write(`${answer.status}, no body\n`);
    const operation = answer.headers['operation-id'];
    if (operation && !options.quiet) world.stderr.write(`Goes on in the background as ${operation}\n`);
  });
}

function split(pair: string, at: string, option: string): [name: string, value: string] {
  const position = pair.indexOf(at);
  if (position < 1)
    throw new UsageError(`${option} "${pair}" has no ${at} in it; write ${option} 'name${at}value'.`);
  return [pair.slice(0, position).trim(), pair.slice(position + 1).trim()];
}

/** JSON as it stands, `@file`, or `-` for standard input. */
async function readBody(argument: string, world: World): Promise<unknown> {
  let json = argument;
  if (argument === '-') json = await text(world.stdin);
  else if (argument.startsWith('@')) {
    json = await readFile(argument.slice(1), 'utf8').catch(() => {
      throw new UsageError(`The file ${argument.slice(1)} cannot be read. Check --body.`);
    });
  }
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    // The parser's words quote the text, which need not be fit to be shown.
    const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined;
    throw new UsageError(
      `The body is not JSON${position ? ` (at character ${position})` : ''}. Check --body.`,
    );
  }
}

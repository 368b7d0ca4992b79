import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultKinds, services } from '../src/control/controls';
import { withDefaults } from '../src/media/values';
import { entitySets, type EntitySet, type Row } from '../src/model';
import { newId } from '../src/media/rows';
import { serviceFunctions } from '../src/rules/functions';
import { start, type Running } from '../src/start';

const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');

function coverageRows(): string[][] {
  const table = /<!-- coverage -->([^]*?)<!-- \/coverage -->/.exec(readme)?.[1] ?? '';
  const lines = table.trim().split('\n').slice(2);
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const yes = (is: boolean): string => (is ? 'yes' : '');

test('the coverage table says what the tables of the emulator say', () => {
  const expected = entitySets.map(({ name, verbs, navigation = {}, actions = [] }) => [
    name,
    ...(['create', 'read', 'update', 'delete'] as const).map((verb) => yes(verbs.includes(verb))),
    Object.entries(navigation)
      .map(([property, { linkable }]) => (linkable === true ? `${property}*` : property))
      .join(', '),
    actions.join(', '),
  ]);
  expect(coverageRows().map((row) => row.slice(0, 7))).toEqual(expected);
  for (const row of coverageRows()) expect(row[10]).not.toBe('');
});

test('the README names every function, service, fault and flag', () => {
  for (const { name } of serviceFunctions) expect(readme).toContain(`\`${name}\``);
  for (const kind of faultKinds) expect(readme).toContain(`\`${kind}\``);
  for (const service of services) expect(readme).toContain(`\`${service}\``);
  const usage = readFileSync(join(__dirname, '../src/main.ts'), 'utf8');
  const flags = [...usage.matchAll(/^ {2}(--[a-z-]+) </gm)].map((match) => match[1] ?? '');
  expect(flags.length).toBeGreaterThan(4);
  for (const flag of flags) expect(readme).toContain(`\`${flag}\``);
});

describe('the routes do what the coverage table says', () => {
  let running: Running;
  let headers: Record<string, string>;

  beforeAll(async () => {
    running = await start({});
    const { services: parts, identity } = running;
    const answer = await fetch(`${parts.url}/${identity.tenantId}/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: identity.clientId,
        client_secret: identity.clientSecret,
        resource: 'https://rest.media.azure.net',
      }),
    });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    headers = {
      Authorization: `Bearer ${token}`,
      'x-ms-version': '2.19',
      'Content-Type': 'application/json',
    };
  });
  afterAll(() => running.close());

  const send = (method: string, path: string, extra: Record<string, string> = {}): Promise<Response> => {
    const [account] = running.services.accounts;
    const withBody = method === 'GET' || method === 'DELETE' ? {} : { body: '{}' };
    return fetch(account.apiRoot + path, { method, headers: { ...headers, ...extra }, ...withBody });
  };

  /** Path of a new entity that has nothing but defaults. */
  function bareEntity(set: EntitySet): string {
    const [account] = running.services.accounts;
    const key = set.idPrefix === undefined ? account.newGuid() : newId(account, set);
    const row: Row = { ...withDefaults(set.properties, {}), [set.key]: key };
    account.store.insert(set.name, row);
    const prefix = set.properties[set.key]?.type === 'Edm.Guid' ? 'guid' : '';
    return `${set.name}(${prefix}'${encodeURIComponent(key)}')`;
  }

  test.each(coverageRows())(
    '%s',
    async (name, create, read, update, remove, _navigation, _actions, light, verbose, atom) => {
      const set = entitySets.find((candidate) => candidate.name === name);
      if (set === undefined) throw new Error(`No set ${name}`);
      const isAllowed = async (method: string, path: string): Promise<string> =>
        yes((await send(method, path)).status !== 405);
      const path = bareEntity(set);
      expect([await isAllowed('POST', set.name), await isAllowed('GET', path)]).toEqual([create, read]);
      for (const method of ['MERGE', 'PATCH', 'PUT']) expect(await isAllowed(method, path)).toBe(update);

      const typeOf = async (accept: string): Promise<string | null> =>
        (await send('GET', path, { Accept: accept })).headers.get('content-type');
      expect(yes((await typeOf('application/json'))?.includes('minimalmetadata') === true)).toBe(light);
      expect(yes((await typeOf('application/json;odata=verbose'))?.includes('verbose') === true)).toBe(
        verbose,
      );
      expect(yes((await send('GET', path, { Accept: 'application/atom+xml' })).status !== 415)).toBe(atom);
      expect(await isAllowed('DELETE', path)).toBe(remove);
    },
  );
});

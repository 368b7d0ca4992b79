/** Gets a token and shows what is in it; with `--raw` prints only the token, for piping. */
import { describeAccessToken } from 'ams-rest/credentials';
import type { GlobalOptions, World } from '../context';
import { layOutTable, wrap } from '../output/layout';
import { withSession } from '../session';
import { answeredFields, hasRefreshToken, type Stage } from '../story/stage';
import { note, tell } from '../output/print';

export async function token(
  options: GlobalOptions & { readonly raw?: boolean },
  world: World,
): Promise<undefined> {
  await withSession(options, world, { needs: 'a token' }, async (stage) => {
    const scope = `${stage.settings.resource}/.default`;
    const result = await stage.credential.getToken(scope, { abortSignal: stage.signal });
    if (options.raw) {
      if (world.stdout.isTTY)
        note(options, world, 'Warning: anybody who sees this token can act as the client until it expires.');
      world.stdout.write(`${result.token}\n`);
      return;
    }
    const expiresOn = new Date(result.expiresOnTimestamp).toISOString();
    const { attributes = [], header = {}, claims = {} } = describeAccessToken(result.token) ?? {};
    const fields = answeredFields(result);
    const summary = `A bearer token for ${scope}, valid until ${expiresOn}.`;
    const others = Object.entries(claims)
      .filter(([name]) => !attributes.some((attribute) => attribute.name === name))
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]);
    const { columns: width = Infinity } = world.stdout;
    const text = [
      ...[summary, ...notes(stage, fields, hasRefreshToken(result))].flatMap((line) => wrap(line, width)),
      '',
      layOutTable(
        ['Party', 'Claim', 'Value', 'Meaning'],
        attributes.map(({ party, name, value, meaning }) => [party, name, value, meaning]),
        { width, narrow: 'stack' },
      ),
      '',
      layOutTable(['Other claim', 'Value'], others, { width, narrow: 'stack' }),
    ];
    tell(
      options,
      world,
      { scope, expiresOn, fields, header, claims, attributes },
      options.quiet ? summary : text.join('\n'),
    );
  });
}

function notes({ settings, credentialReason }: Stage, fields: readonly string[], refresh: boolean): string[] {
  return [
    ...(settings.credential === 'environment' ? [`By ${credentialReason ?? ''}.`] : []),
    `The answer had the fields ${fields.join(', ')}.`,
    refresh ? 'With a refresh token.' : 'No refresh token: a service proves its identity each time.',
  ];
}

/** Gets a token and shows what is in it; with `--raw` prints the token alone, for piping. */
import { describeAccessToken } from 'ams-rest';
import type { GlobalOptions, World } from '../context';
import { layOutTable } from '../output/layout';
import { withSession } from '../session';
import { answeredFields, hasRefreshToken } from '../story/stage';

export async function token(
  options: GlobalOptions & { readonly raw?: boolean },
  world: World,
): Promise<void> {
  await withSession(
    options,
    world,
    { needs: 'a token' },
    async ({ credential, credentialReason, settings, signal }) => {
      const scope = `${settings.resource}/.default`;
      const result = await credential.getToken(scope, { abortSignal: signal });
      if (options.raw) {
        if (world.stdout.isTTY)
          world.stderr.write('Warning: whoever sees this token can act as the client until it expires.\n');
        world.stdout.write(`${result.token}\n`);
        return;
      }
      const expiresOn = new Date(result.expiresOnTimestamp).toISOString();
      const { attributes = [], header = {}, claims = {} } = describeAccessToken(result.token) ?? {};
      if (options.json) {
        world.stdout.write(
          `${JSON.stringify({ scope, expiresOn, fields: answeredFields(result), header, claims, attributes }, null, 2)}\n`,
        );
        return;
      }
      if (options.quiet) {
        world.stdout.write(`A bearer token for ${scope}, good until ${expiresOn}.\n`);
        return;
      }
      const rows = attributes.map(({ party, name, value, meaning }) => [party, name, value, meaning]);
      const others = Object.entries(claims)
        .filter(([name]) => !attributes.some((attribute) => attribute.name === name))
        .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]);
      const width = world.stdout.columns;
      world.stdout.write(
        [
          `A bearer token for ${scope}, good until ${expiresOn}.`,
          ...(settings.credential === 'environment' ? [`By ${credentialReason ?? ''}.`] : []),
          `The answer had the fields ${answeredFields(result).join(', ')}.`,
          !hasRefreshToken(result)
            ? 'No refresh token: a service proves itself anew each time.'
            : 'With a refresh token.',
          '',
          layOutTable(['Party', 'Claim', 'Value', 'Meaning'], rows, width),
          '',
          layOutTable(['Other claim', 'Value'], others, width),
          '',
        ].join('\n'),
      );
    },
  );
}

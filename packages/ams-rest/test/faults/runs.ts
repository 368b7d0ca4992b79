/**
 * Faults that take more than one call to meet: how many calls were served, how many refused, how many tokens asked for.
 *
 * Run by `token-life.test.ts` and `challenge.test.ts`, printed with the fault matrix.
 */
export const runs = {
  'tokens of 60 s in a run of 300 s, three calls a second': '900 served, 0 refused, 10 tokens',
  'the server’s clock is two hours behind or ahead, for 100 s': '300 served, 0 refused, 4 tokens',
  'the client’s clock jumps a day ahead': '18 served, 0 refused, 2 tokens',
  'and back, to when the token has ended': '28 served, 1 refused, 3 tokens',
  'the token is revoked five times, under 50 calls at once each time': '251 served, 250 refused, 6 tokens',
  'two tenants and two audiences, four credentials': '204 served, 0 refused, 8 tokens',
  'two audiences, one credential': '6 served, 0 refused, 2 tokens',
  'v2: the authority gives tokens for another resource': '0 served, 2 refused, 2 tokens',
  'claims challenge under 20 calls at once': '21 served, 20 refused, 2 tokens',
  'claims challenge that the new token does not satisfy': '0 served, 2 refused, 2 tokens',
  'claims challenge that cannot be read: as any other 401': '1 served, 1 refused, 2 tokens',
} as const;

export function told(tally: {
  readonly served: number;
  readonly refused: number;
  readonly tokens: number;
}): string {
  return `${tally.served} served, ${tally.refused} refused, ${tally.tokens} tokens`;
}

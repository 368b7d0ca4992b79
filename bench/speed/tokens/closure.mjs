/** The least that remembers a token: a variable and a comparison with the clock. */
/** @type {import('../contestant.mjs').OpenToken} */
export async function open() {
  const token = { token: 't'.repeat(1500), expiresOnTimestamp: Date.now() + 3_600_000 };
  return { getToken: async () => (Date.now() < token.expiresOnTimestamp ? token : undefined) };
}

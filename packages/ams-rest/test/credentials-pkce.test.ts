import { codeChallenge } from '../src/credentials/pkce';
import { createPkce } from '../src/credentials';

describe('PKCE', () => {
  test('the example of RFC 7636 appendix B', async () => {
    expect(await codeChallenge('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    );
  });

  test('a verifier is 43 characters, and another one each time', async () => {
    const [one, two] = [await createPkce(), await createPkce()];
    expect(one.codeVerifier).toMatch(/^[\w-]{43}$/);
    expect(one.codeVerifier).not.toBe(two.codeVerifier);
    expect(one.codeChallenge).toBe(await codeChallenge(one.codeVerifier));
  });
});

/** The table of repetitions is complete, and is what docs/repetition.md shows. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as heart from '../src';
import * as credentials from '../src/credentials';
import * as resourceManager from '../src/resource-manager';
import * as storageModule from '../src/storage';
import { repetitionPage } from './repetition/page';
import { rest, storage } from './repetition/table';

const library = { ...heart, ...credentials, ...resourceManager, ...storageModule };

const PAGE = join(__dirname, '../../../docs/repetition.md');

test('the page in docs/ shows this table', () => {
  if (process.env['WRITE_PAGES']) writeFileSync(PAGE, repetitionPage());
  // After a change: WRITE_PAGES=1 npx jest repetition-table
  expect(readFileSync(PAGE, 'utf8')).toBe(repetitionPage());
});

/** Exports that send at most GET and HEAD themselves, or nothing, or requests that the caller makes. */
const CHANGES_NOTHING =
  /^(get(?!UserDelegationKey)|list(?!\w*Keys$)|read|build|judge|parse|encode|oauth|token|authorizationUrl|unwrap|describe|redact|canonicalized|download|partial|retryAfter|remaining|probe|wait|resource|user(Scope|Delegation)|claims|is|next|code|create(Pkce)$|service|account|odata|entity|stringToSign|sharedKey|sas|signing|armPath|blobUrl|groupId|mediaAccountId|storageAccountId|undici|fetch|bearer|basic|with|explain|check(Arc)|cached|bytes|blob|file|form|certificateAssertion|assertionSigningInput|sharedTokens)/;

/** Credentials send token requests, which the rows about the token endpoint stand for. */
const ASKS_FOR_TOKENS = /(Credential|Assertion|Form)$/;

test('every function that the library exports is in the table, or changes nothing', () => {
  const listed = [...storage, ...rest].map(({ call }) => call).join(' ');
  const missing = Object.entries(library)
    .filter(([name, value]) => typeof value === 'function' && /^[a-z]/.test(name))
    .map(([name]) => name)
    .filter((name) => !CHANGES_NOTHING.test(name) && !ASKS_FOR_TOKENS.test(name))
    .filter((name) => !new RegExp(`\\b${name}\\b`).test(listed));
  expect(missing).toEqual([]);
});

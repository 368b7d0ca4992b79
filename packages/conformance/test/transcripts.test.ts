/** The transcripts of docs/translating are those of the demo as it is. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordTranscripts, type Transcript } from '../scripts/transcripts';

const FOLDER = join(__dirname, '../../../docs/translating/transcripts');

let transcripts: readonly Transcript[];
beforeAll(async () => {
  transcripts = await recordTranscripts();
});

test('a fresh run gives what is written, file by file', () => {
  expect(readdirSync(FOLDER)).toEqual(transcripts.map(({ fileName }) => fileName).sort());
  for (const { fileName, text } of transcripts)
    expect([fileName, text]).toEqual([fileName, readFileSync(join(FOLDER, fileName), 'utf8')]);
});

test('all of the story is in them, and nothing that is secret or of this machine', () => {
  const all = transcripts.map(({ text }) => text).join('\n');
  for (const line of [
    'POST /contoso.onmicrosoft.com/oauth2/v2.0/token HTTP/1.1',
    'POST /api/Channels HTTP/1.1',
    'PUT /devstoreaccount1/asset-',
    'GET /api/CreateFileInfos?assetid=',
    'POST /api/Jobs HTTP/1.1',
    'HTTP/1.1 206',
    'DELETE /api/Assets(',
  ])
    expect(all).toContain(line);
  expect(all).not.toMatch(/127\.0\.0\.1|localhost|eyJ[\w-]|sig=[^…]/);
});

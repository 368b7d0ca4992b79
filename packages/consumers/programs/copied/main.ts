import assert from 'node:assert/strict';
import { run as certificateToken } from './certificate-token.js';
import { run as managedIdentity } from './managed-identity.js';
import { run as mediaServices } from './media-services.js';
import { run as oneToken } from './one-token.js';
import { run as resourceManager } from './resource-manager.js';
import { run as sas } from './sas.js';
import { run as sharedKey } from './shared-key.js';
import { run as token } from './token.js';
import { run as upload } from './upload.js';

async function main(): Promise<void> {
  assert.equal(await oneToken(), 'token_type,expires_in,ext_expires_in,access_token');
  assert.equal(await token(), 'shared');
  assert.equal(certificateToken(), 'TypeError');
  assert.equal(managedIdentity(), '169.254.169.254');
  assert.equal(await mediaServices(), '204');
  assert.equal(await upload(), '16');
  assert.equal(sas(), 'c');
  assert.equal(sharedKey(), 'SharedKey contoso');
  assert.match(resourceManager(), /^function /);
  console.log('ok');
}

void main();

import { constants, createHmac, publicEncrypt, randomBytes, X509Certificate } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jobBody, startClient, task, uploadedAsset, type Client, type Json } from './client';

interface Message {
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
  readonly body: { EventType: number; MessageVersion: string; ETag: string; Properties: Json };
}

let client: Client;
let receiver: Server;
let address: string;
const messages: Message[] = [];
const waiting: (() => void)[] = [];

beforeAll(async () => {
  client = await startClient();
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      messages.push({ headers: request.headers, text, body: JSON.parse(text) as Message['body'] });
      response.end();
      for (const wake of waiting.splice(0)) wake();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});
afterAll(async () => {
  await client.emulator.close();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

/** Waits until so many messages of that kind have come. */
async function received(count: number, wanted: (message: Message) => boolean): Promise<Message[]> {
  while (messages.filter(wanted).length < count) await new Promise<void>((resolve) => waiting.push(resolve));
  return messages.filter(wanted);
}

async function newEndPoint(extra: Json = {}): Promise<Json> {
  return client.expect(201, 'POST', 'NotificationEndPoints', {
    Name: 'hook',
    EndPointAddress: address,
    EndPointType: 3,
    ...extra,
  });
}

async function newJob(extra: Json): Promise<Json> {
  const input = await uploadedAsset(client);
  return client.expect(201, 'POST', 'Jobs', { ...jobBody(client, input), ...extra });
}

const about = (job: Json) => (message: Message) => message.body.Properties['JobId'] === job['Id'];

test('a webhook hears of its registration and of every state of a job, without anybody asking', async () => {
  const endPoint = await newEndPoint();
  const [registration] = await received(1, ({ body }) => body.EventType === 2);
  expect(registration?.body.Properties).toMatchObject({
    State: 'Registered',
    NotificationEndPointId: endPoint['Id'],
    AccountName: 'localmedia',
  });
  const job = await newJob({
    JobNotificationSubscriptions: [{ TargetJobState: 2, NotificationEndPointId: endPoint['Id'] }],
  });
  client.emulator.clock.advance(3000);
  const told = await received(3, about(job));
  expect(told.map(({ body }) => [body.Properties['OldState'], body.Properties['NewState']])).toEqual([
    ['Queued', 'Scheduled'],
    ['Scheduled', 'Processing'],
    ['Processing', 'Finished'],
  ]);
  expect(told[0]?.body).toMatchObject({ MessageVersion: '1.1', EventType: 1 });
  expect(told[0]?.body.ETag).toMatch(/^[\da-f]{64}$/);
  expect(told[0]?.headers['ms-mediaservices-accountid']).toBe(told[0]?.body.Properties['AccountId']);
});

test('messages are signed with the key that the client encrypted for the service', async () => {
  const key = randomBytes(32);
  const { value: thumbprint } = await client.expect(200, 'GET', 'GetProtectionKeyId?contentKeyType=2');
  const { value } = await client.expect(
    200,
    'GET',
    `GetProtectionKey?protectionKeyId='${String(thumbprint)}'`,
  );
  const { publicKey } = new X509Certificate(Buffer.from(String(value), 'base64'));
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
  const endPoint = await newEndPoint({
    CredentialType: 1,
    EncryptedEndPointCredential: publicEncrypt({ key: publicKey, ...padding }, key).toString('base64'),
    ProtectionKeyId: thumbprint,
  });
  const job = await newJob({
    JobNotificationSubscriptions: [{ TargetJobState: 1, NotificationEndPointId: endPoint['Id'] }],
  });
  client.emulator.clock.advance(3000);
  const [last] = await received(1, about(job));
  // Final states only.
  expect(last?.body.Properties).toMatchObject({ NewState: 'Finished', OldState: 'Processing' });
  const signature = createHmac('sha256', key)
    .update(last?.text ?? '')
    .digest('hex')
    .toUpperCase();
  expect(last?.headers['ms-signature']).toBe(`sha256=${signature}`);
});

test('tasks have subscriptions of their own', async () => {
  const endPoint = await newEndPoint();
  const subscription = {
    TargetTaskState: 1,
    NotificationEndPointId: endPoint['Id'],
    IncludeTaskProgress: false,
  };
  const job = await newJob({
    Tasks: [{ ...task('No such preset'), TaskNotificationSubscriptions: [subscription] }],
  });
  client.emulator.clock.advance(3000);
  const [message] = await received(1, about(job));
  expect(message?.body.EventType).toBe(4);
  expect(message?.body.Properties).toMatchObject({ NewState: 'Error', OldState: 'Processing' });
  expect(message?.body.Properties['TaskId']).toMatch(/^nb:tid:UUID:/);
});

test('an address that is none is 400, an end point that is not there 404', async () => {
  const answer = await client.send('POST', 'NotificationEndPoints', {
    Name: 'x',
    EndPointAddress: 'file:///etc/passwd',
    EndPointType: 3,
  });
  expect(answer.status).toBe(400);
  const input = await uploadedAsset(client);
  const NotificationEndPointId = 'nb:nepid:UUID:00000000-0000-4000-8000-000000000000';
  const job = {
    ...jobBody(client, input),
    JobNotificationSubscriptions: [{ TargetJobState: 1, NotificationEndPointId }],
  };
  expect((await client.send('POST', 'Jobs', job)).status).toBe(404);
});

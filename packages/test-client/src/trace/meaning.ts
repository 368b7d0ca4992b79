/** What an exchange is for, and where the specification of it is. */
import type { Recorded } from './recorder';

export interface Meaning {
  readonly text: string;
  readonly reference: string;
}

const AMS = 'https://learn.microsoft.com/rest/api/media/operations';
const STORAGE = 'https://learn.microsoft.com/rest/api/storageservices';

const ARM = 'https://learn.microsoft.com/rest/api/resources/';

const MEANINGS: readonly [pattern: RegExp, text: string, reference: string][] = [
  [
    /^POST .*\/oauth2\/.*token/,
    'The client proves itself with its id and secret and asks for an access token: the client credentials grant.',
    'https://www.rfc-editor.org/rfc/rfc6749#section-4.4',
  ],
  [/^PUT .*comp=blocklist/, 'Makes the blocks that were sent into a blob.', `${STORAGE}/put-block-list`],
  [/^GET .*comp=blocklist/, 'Asks which blocks are there already.', `${STORAGE}/get-block-list`],
  [
    /^PUT .*comp=block&/,
    'Sends one block of the file; the SAS in the address is the permission.',
    `${STORAGE}/put-block`,
  ],
  [
    /^(PUT|DELETE) .*restype=container/,
    'Creates or deletes a container, signed with an account key.',
    `${STORAGE}/create-container`,
  ],
  [
    /^PUT .*sig=/,
    'Sends the file in one request; the SAS in the address is the permission.',
    `${STORAGE}/put-blob`,
  ],
  [/^GET .*sig=/, 'Reads a blob; the SAS in the address is the permission.', `${STORAGE}/get-blob`],
  [/^HEAD .*sig=/, 'Looks at a blob’s properties.', `${STORAGE}/get-blob-properties`],
  [
    /CreateFileInfos/,
    'Has Media Services list the container and make a file entity of each blob.',
    `${AMS}/createfileinfos`,
  ],
  [/CancelJob/, 'Cancels a job.', `${AMS}/job`],
  [/Operations\(/, 'Asks whether what was begun with a 202 has ended.', `${AMS}/operation`],
  [
    /^POST .*\/(Start|Stop|Reset)$/,
    'An action: begins in the background, and is answered with 202.',
    `${AMS}/channel`,
  ],
  [/\/MediaProcessors/, 'Which encoders and the like the account may use.', `${AMS}/mediaprocessor`],
  [
    /^POST .*\/AccessPolicies/,
    'Says how long and with which rights something may be reached.',
    `${AMS}/accesspolicy`,
  ],
  [/\/AccessPolicies/, 'The access policies.', `${AMS}/accesspolicy`],
  [
    /^POST .*\/Locators/,
    'Opens an asset: type 1 by a shared access signature, type 2 for streaming.',
    `${AMS}/locator`,
  ],
  [/\/Locators/, 'The locators, by which assets can be reached.', `${AMS}/locator`],
  [
    /^POST .*\/Jobs/,
    'Submits a job: input assets, and tasks that each name a processor and a preset.',
    `${AMS}/job`,
  ],
  [/\/Jobs\([^/]*\)\/Tasks/, 'How far the tasks of the job are.', `${AMS}/task`],
  [/\/Jobs/, 'The state of a job, or what it made.', `${AMS}/job`],
  [/\/Files/, 'The files of an asset.', `${AMS}/assetfile`],
  [/^POST .*\/Assets/, 'Creates an asset, and with it a container in Blob Storage.', `${AMS}/asset`],
  [/\/Assets/, 'The assets.', `${AMS}/asset`],
  [/\/Channels/, 'A live channel.', `${AMS}/channel`],
  [/\/Programs/, 'A program of a live channel.', `${AMS}/program`],
  [/\/StreamingEndpoints/, 'The streaming endpoints.', `${AMS}/streamingendpoint`],
];

export function meaningOf({ method, url, party }: Pick<Recorded, 'method' | 'url' | 'party'>): Meaning {
  if (party === 'Streaming')
    return {
      text: 'Reads a published file through the streaming endpoint; no token.',
      reference: `${AMS}/locator`,
    };
  if (party === 'Other API')
    return {
      text: 'A call to another API, with the token as a bearer token.',
      reference: 'https://www.rfc-editor.org/rfc/rfc6750#section-2.1',
    };
  if (party === 'Resource Manager') return { text: resourceManager(method, url), reference: ARM };
  const call = `${method} ${url.replace(/%27/g, "'")}`;
  const [, text, reference] = MEANINGS.find(([pattern]) => pattern.test(call)) ?? [
    undefined,
    'A call to the REST API.',
    `${AMS}/azure-media-services-rest-api-reference`,
  ];
  return { text, reference };
}

function resourceManager(method: string, url: string): string {
  const calls: readonly [RegExp, string][] = [
    [/roleAssignments/, 'Gives a service principal a role on a resource.'],
    [/listKeys/, 'Asks for the keys of an account.'],
    [/checkNameAvailability/i, 'Asks whether a name is free.'],
    [/providers\/[\w.]+\/register/, 'Registers a resource provider with the subscription.'],
    [/asyncoperations|operations/i, 'Asks whether what was begun has ended.'],
    [/storageAccounts/, 'A storage account.'],
    [/mediaservices/i, 'A Media Services account.'],
    [/resourceGroups/i, 'A resource group.'],
  ];
  const what = calls.find(([pattern]) => pattern.test(url))?.[1] ?? 'A call to Resource Manager.';
  return method === 'DELETE' ? `Deletes it. ${what}` : what;
}

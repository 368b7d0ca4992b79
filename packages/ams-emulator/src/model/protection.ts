import { collection, id, int32, stamps, string, type EntitySet } from './edm';

/** Content keys, who may have them, and how protected content is delivered. */
export const protection: readonly EntitySet[] = [
  {
    name: 'ContentKeys',
    type: 'ContentKey',
    key: 'Id',
    idPrefix: 'kid',
    verbs: ['create', 'read', 'update', 'delete'],
    actions: ['GetKeyDeliveryUrl'],
    advertised: ['GetKeyDeliveryUrl'],
    properties: {
      Id: string({ writeOnce: true }),
      ...stamps,
      ContentKeyType: int32({ required: true, writeOnce: true, values: [0, 1, 2, 3, 4, 6, 7, 8] }),
      EncryptedContentKey: string({ required: true, maxLength: 4000 }),
      Name: string({ maxLength: 4000 }),
      ProtectionKeyId: string({ required: true }),
      ProtectionKeyType: int32({ default: 0, values: [0, 1] }),
      Checksum: string(),
      AuthorizationPolicyId: string(),
      TrackIdentifiers: string(),
    },
  },
  {
    name: 'ContentKeyAuthorizationPolicies',
    type: 'ContentKeyAuthorizationPolicy',
    key: 'Id',
    idPrefix: 'ckpid',
    verbs: ['create', 'read', 'update', 'delete'],
    quota: 1_000_000,
    properties: { ...id, Name: string() },
    navigation: {
      Options: { set: 'ContentKeyAuthorizationPolicyOptions', list: '_options', linkable: true },
    },
  },
  {
    name: 'ContentKeyAuthorizationPolicyOptions',
    type: 'ContentKeyAuthorizationPolicyOption',
    key: 'Id',
    idPrefix: 'ckpoid',
    verbs: ['create', 'read', 'update', 'delete'],
    quota: 1_000_000,
    properties: {
      ...id,
      Name: string(),
      KeyDeliveryType: int32({ required: true, values: [0, 1, 2, 3, 4] }),
      KeyDeliveryConfiguration: string(),
      Restrictions: collection('ContentKeyAuthorizationPolicyRestriction', { required: true }),
    },
  },
  {
    name: 'AssetDeliveryPolicies',
    type: 'AssetDeliveryPolicy',
    key: 'Id',
    idPrefix: 'adpid',
    verbs: ['create', 'read', 'update', 'delete'],
    quota: 1_000_000,
    properties: {
      ...id,
      Name: string(),
      AssetDeliveryProtocol: int32({ default: 0 }),
      AssetDeliveryPolicyType: int32({ default: 0, values: [0, 1, 2, 3, 4, 5] }),
      AssetDeliveryConfiguration: string(),
      ...stamps,
    },
  },
];

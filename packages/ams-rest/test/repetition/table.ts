/** Every call that changes something, and what a lost first answer leads to; printed as docs/repetition.md. */
export interface Repetition {
  readonly call: string;
  /** What is sent again; empty when nothing is. */
  readonly again: string;
  /** What the service answers to it, once the first try was carried out. */
  readonly answered: string;
  /** What the caller gets. */
  readonly result: string;
}

const row = (call: string, again: string, answered: string, result: string): Repetition => ({
  call,
  again,
  answered,
  result,
});

const NOT_REPEATED = 'NetworkError with `outcomeUnknown`';

/** Played by `repetition-storage.test.ts`. */
export const storage = [
  row('createContainer', 'PUT', '409 ContainerAlreadyExists', 'true: created'),
  row('deleteContainer', 'DELETE', '404, or 409 ContainerBeingDeleted', 'true: it was there'),
  row('putBlob', 'PUT', '201', 'success'),
  row(
    'putBlob with onlyIf',
    'PUT',
    '409 BlobAlreadyExists or 412 ConditionNotMet',
    'success if the blob has the length, MD5, content headers and metadata sent; else the refusal with `outcomeUnknown`',
  ),
  row('putBlock', 'PUT', '201', 'success: the same id replaces the block'),
  row('putBlockList', 'PUT', '201: `Latest` names committed blocks too', 'success'),
  row(
    'putBlockList with onlyIf',
    'PUT',
    '409 BlobAlreadyExists or 412 ConditionNotMet',
    'success if the blob has these blocks; else the refusal with `outcomeUnknown`',
  ),
  row('uploadBlob', 'as putBlob, putBlock and putBlockList', '', 'success'),
  row('uploadBlob with overwrite: false', 'as putBlockList with onlyIf', '', 'success'),
  row('uploadStream', 'as uploadBlob', '', 'success'),
  row('uploadFolder', 'as uploadBlob, each file', '', 'success'),
  row('deleteBlob', 'DELETE', '404', 'true: it was there'),
  row('deleteBlob with etag', 'DELETE', '412 ConditionNotMet', 'true if the blob is gone; else the refusal'),
  row('setContainerAccess', 'PUT', '200', 'success'),
  row(
    'setContainerAccess with ifUnmodifiedSince',
    'PUT',
    '412 ConditionNotMet',
    'success if the access is what was written; else the refusal with `outcomeUnknown`',
  ),
  row('updateStoredPolicies', 'PUT', '412 ConditionNotMet', 'as setContainerAccess: the change is made once'),
  row('getUserDelegationKey', 'POST', '200 with a key', 'success: it only reads'),
] as const;

/** Played by `repetition-rest.test.ts`. */
export const rest = [
  row('AmsClient.request: GET, also of functions (CreateFileInfos)', 'GET', '200 or 204', 'success'),
  row('AmsClient.request: POST', '', '', NOT_REPEATED),
  row('AmsClient.request: PUT, MERGE, PATCH', 'the same', '204', 'success'),
  row('AmsClient.request: DELETE', 'DELETE', '404', 'success'),
  row('ArmClient.request: POST', '', '', NOT_REPEATED),
  row('createResourceGroup, createStorageAccount, createMediaAccount', 'PUT', '200', 'success'),
  row('attachStorageAccount', 'PATCH with the whole list', '200', 'success'),
  row('deleteStorageAccount, deleteMediaAccount', 'DELETE', '204', 'true: it was there'),
  row('assignRole', 'PUT with the same id', '200 or 201', 'success'),
  row('regenerateStorageAccountKey, regenerateMediaAccountKey', '', '', NOT_REPEATED),
  row('syncStorageKeys, registerProvider', 'POST', '200', 'success: once more changes nothing'),
  row('listStorageAccountKeys, listMediaAccountKeys', 'POST', '200', 'success: it only reads'),
  row('checkStorageAccountName, checkMediaAccountName', 'POST', '200', 'success: it only reads'),
  row('requestToken and the credentials of services', 'POST', '200 with another token', 'success'),
  row(
    'authorizationCodeCredential',
    'POST with the same code',
    '400 invalid_grant, AADSTS54005',
    'AuthenticationError with a hint: sign in again',
  ),
] as const;

/**
 * The values that a shared access signature signs and their order, by service version.
 *
 * Sources: "Create a service SAS", "Create a user delegation SAS", "Create an account SAS". Names are the query
 * parameters'; `cr` is the canonicalized resource, `snapshot` the snapshot's or version's time.
 */

export type SasField =
  | 'cr' // canonicalized resource, not in the query
  | 'snapshot' // not in the query
  | 'account' // not in the query
  | 'sv' // service version
  | 'ss' // services of an account SAS, of bfqt
  | 'srt' // resource types of an account SAS, of sco
  | 'sr' // resource: c container, b blob, bs snapshot, bv version
  | 'si' // stored access policy
  | 'sp' // permissions
  | 'st' // start
  | 'se' // expiry
  | 'sip' // address or range of addresses
  | 'spr' // protocol
  | 'ses' // encryption scope
  | 'skoid' // user delegation key: object id, tenant id, start, expiry, service, version
  | 'sktid'
  | 'skt'
  | 'ske'
  | 'sks'
  | 'skv'
  | 'saoid' // authorized, unauthorized user's object id, correlation id
  | 'suoid'
  | 'scid'
  | 'skdutid' // delegated user's tenant and object id
  | 'sduoid'
  | 'srh' // required request headers and query parameters
  | 'srq'
  | 'rscc' // answer headers: Cache-Control, -Disposition, -Encoding, -Language, Content-Type
  | 'rscd'
  | 'rsce'
  | 'rscl'
  | 'rsct';

/** The fields of a shared access signature, in the names of its query. */
export type SasFields = Readonly<Partial<Record<SasField, string | undefined>>>;

type Layouts = readonly (readonly [since: string, fields: string])[];

const SERVICE_SAS: Layouts = [
  ['2020-12-06', 'sp st se cr si sip spr sv sr snapshot ses rscc rscd rsce rscl rsct'],
  ['2018-11-09', 'sp st se cr si sip spr sv sr snapshot rscc rscd rsce rscl rsct'],
  ['2015-04-05', 'sp st se cr si sip spr sv rscc rscd rsce rscl rsct'],
  ['2013-08-15', 'sp st se cr si sv rscc rscd rsce rscl rsct'],
  ['2012-02-12', 'sp st se cr si sv'],
  ['', 'sp st se cr si'],
];

const DELEGATED = 'sp st se cr skoid sktid skt ske sks skv';
const USER_DELEGATION_SAS: Layouts = [
  [
    '2026-04-06',
    `${DELEGATED} saoid suoid scid skdutid sduoid sip spr sv sr snapshot ses srh srq rscc rscd rsce rscl rsct`,
  ],
  [
    '2025-07-05',
    `${DELEGATED} saoid suoid scid skdutid sduoid sip spr sv sr snapshot ses rscc rscd rsce rscl rsct`,
  ],
  ['2020-12-06', `${DELEGATED} saoid suoid scid sip spr sv sr snapshot ses rscc rscd rsce rscl rsct`],
  ['2020-02-10', `${DELEGATED} saoid suoid scid sip spr sv sr snapshot rscc rscd rsce rscl rsct`],
  ['2018-11-09', `${DELEGATED} sip spr sv sr snapshot rscc rscd rsce rscl rsct`],
];

const ACCOUNT_SAS: Layouts = [
  ['2020-12-06', 'account sp ss srt st se sip spr sv ses'],
  ['2015-04-05', 'account sp ss srt st se sip spr sv'],
];

/** The text that a service SAS signs with the account key. */
export function serviceSasStringToSign(fields: SasFields): string {
  return lines(SERVICE_SAS, fields).join('\n');
}

/**
 * The text that a user delegation SAS signs with the user delegation key.
 *
 * @throws TypeError for a version before 2018-11-09, which had none.
 */
export function userDelegationSasStringToSign(fields: SasFields): string {
  return lines(USER_DELEGATION_SAS, fields).join('\n');
}

/**
 * The text that an account SAS signs with the account key; unlike the others it ends in a line feed.
 *
 * @throws TypeError for a version before 2015-04-05, which had none.
 */
export function accountSasStringToSign(fields: SasFields): string {
  return `${lines(ACCOUNT_SAS, fields).join('\n')}\n`;
}

/** `/blob/account/container[/blob]`, names decoded; without the leading `/blob` before 2015-02-21. */
export function sasCanonicalizedResource(
  version: string,
  account: string,
  container: string,
  blob?: string,
): string {
  const service = version >= '2015-02-21' ? '/blob' : '';
  return `${service}/${account}/${container}${blob === undefined ? '' : `/${blob}`}`;
}

/** Fields that later versions added. */
const LATER_FIELDS: readonly SasField[] = ['sip', 'spr', 'ses', 'rscc', 'rscd', 'rsce', 'rscl', 'rsct'];

function lines(layouts: Layouts, fields: SasFields): string[] {
  // Versions are dates, so text comparison orders them.
  const layout = layouts.find(([since]) => (fields.sv ?? '') >= since);
  if (!layout) throw new TypeError(`there is no such signature in service version ${fields.sv ?? '(none)'}`);
  const signed = layout[1].split(' ');
  const unsigned = LATER_FIELDS.find((name) => fields[name] !== undefined && !signed.includes(name));
  if (unsigned)
    throw new TypeError(
      `service version ${fields.sv ?? '(none)'} does not sign ${unsigned}, so anyone could change it; leave it out or choose a later version`,
    );
  return signed.map((name) => fields[name as SasField] ?? '');
}

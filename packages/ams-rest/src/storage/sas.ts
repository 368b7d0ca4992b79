/** Creates shared access signatures: service SAS, user delegation SAS, account SAS. Pure; see `sas-layout.ts`. */
import { hmacSha256 } from './digest';
import {
  accountSasStringToSign,
  sasCanonicalizedResource,
  serviceSasStringToSign,
  userDelegationSasStringToSign,
  type SasField,
  type SasFields,
} from './sas-layout';
import type { AccountKey } from './shared-key';

/** The container or blob that a service or user delegation SAS gives access to. */
export interface SasResource {
  readonly container: string;
  /** Decoded name; omit it for a SAS for the whole container. */
  readonly blob?: string;
  /** The time in the URL of a snapshot or version. */
  readonly snapshot?: string;
  readonly versionId?: string;
}

/** What the SAS allows, by the names of its query parameters. */
export interface SasOptions {
  /** Service version; default `2020-12-06`. */
  readonly sv?: string;
  /** Permissions in any order, for example `rwl`; they are sorted as the service requires. */
  readonly sp?: string;
  /** Start and expiry; a string is used unchanged. */
  readonly st?: Date | string;
  readonly se?: Date | string;
  /** `https` or `https,http`. */
  readonly spr?: 'https' | 'https,http';
  /** An IPv4 address, or two with `-` between them. */
  readonly sip?: string;
  /** Encryption scope. */
  readonly ses?: string;
}

/** The fields of a shared access signature for a container or blob. */
export interface BlobSasOptions extends SasOptions {
  /** Headers of the answer: Cache-Control, Content-Disposition, -Encoding, -Language, -Type. */
  readonly rscc?: string;
  readonly rscd?: string;
  readonly rsce?: string;
  readonly rscl?: string;
  readonly rsct?: string;
}

/** The fields of a service SAS. */
export interface ServiceSasOptions extends BlobSasOptions {
  /** The stored access policy with the values that are omitted here. The service refuses a value given in both places. */
  readonly si?: string;
}

/** The answer of Get User Delegation Key. */
export interface UserDelegationKey {
  readonly skoid: string;
  readonly sktid: string;
  readonly skt: string;
  readonly ske: string;
  readonly sks: string;
  readonly skv: string;
  /** The key itself, base64. */
  readonly value: string;
}

/** The query of a URL with a SAS, without `?`. */
export type SasQuery = string;

const BLOB_PERMISSIONS = 'racwdxyltfmeopi';
const ACCOUNT_PERMISSIONS = 'rwdxylacuptfi';

/**
 * Creates a service SAS, signed with an account key ("Create a service SAS"), in the layout of the version in `sv`.
 *
 * @throws TypeError without a stored access policy when permissions or expiry are missing, or for an unknown letter.
 */
export function serviceSas(
  { account, key }: AccountKey,
  resource: SasResource,
  options: ServiceSasOptions,
): SasQuery {
  if (options.si === undefined && (options.sp === undefined || options.se === undefined))
    throw new TypeError('a SAS without a stored access policy (si) needs permissions (sp) and expiry (se)');
  const fields = blobFields(account, resource, options);
  return sign(fields, key, serviceSasStringToSign(fields));
}

/**
 * Creates a user delegation SAS, signed with a key from `getUserDelegationKey` ("Create a user delegation SAS").
 *
 * @throws TypeError when permissions or expiry are missing, or for a version before 2018-11-09.
 */
export function userDelegationSas(
  account: string,
  delegation: UserDelegationKey,
  resource: SasResource,
  options: BlobSasOptions,
): SasQuery {
  if (options.sp === undefined || options.se === undefined)
    throw new TypeError('a user delegation SAS needs permissions (sp) and expiry (se)');
  const { value, skoid, sktid, skt, ske, sks, skv } = delegation;
  const fields = { ...blobFields(account, resource, options), skoid, sktid, skt, ske, sks, skv };
  return sign(fields, value, userDelegationSasStringToSign(fields));
}

/**
 * Creates an account SAS ("Create an account SAS").
 *
 * @param options.ss Services: letters of `bqtf`; default `b`.
 * @param options.srt Resource types: `s`ervice, `c`ontainer, `o`bject; default `sco`.
 * @throws TypeError for an unknown letter, or a version before 2015-04-05.
 */
export function accountSas(
  { account, key }: AccountKey,
  options: SasOptions & {
    readonly ss?: string;
    readonly srt?: string;
    readonly sp: string;
    readonly se: Date | string;
  },
): SasQuery {
  const fields = { ...commonFields(options, ACCOUNT_PERMISSIONS), ...accountParts(options), account };
  return sign(fields, key, accountSasStringToSign(fields));
}

function accountParts({ ss = 'b', srt = 'sco' }: { ss?: string; srt?: string }): SasFields {
  return { ss: inOrder(ss, 'bqtf', 'ss'), srt: inOrder(srt, 'sco', 'srt') };
}

function blobFields(account: string, resource: SasResource, options: ServiceSasOptions): SasFields {
  const { container, blob, snapshot, versionId } = resource;
  const fields = commonFields(options, BLOB_PERMISSIONS);
  const { si, rscc, rscd, rsce, rscl, rsct } = options;
  return {
    ...fields,
    sr: snapshot ? 'bs' : versionId ? 'bv' : blob === undefined ? 'c' : 'b',
    cr: sasCanonicalizedResource(fields.sv ?? '', account, container, blob),
    snapshot: snapshot ?? versionId,
    ...{ si, rscc, rscd, rsce, rscl, rsct },
  };
}

function commonFields(options: SasOptions, permissions: string): SasFields {
  const { sv = '2020-12-06', sp, st, se, spr, sip, ses } = options;
  return {
    sv,
    sp: sp === undefined ? undefined : inOrder(sp, permissions, 'sp'),
    st: timeText(st),
    se: timeText(se),
    ...{ spr, sip, ses },
  };
}

function inOrder(letters: string, order: string, name: string): string {
  for (const letter of letters)
    if (!order.includes(letter)) throw new TypeError(`"${letter}" is not one of the letters of ${name}`);
  return Array.from(order)
    .filter((letter) => letters.includes(letter))
    .join('');
}

/** Without milliseconds, the form that every version accepts. */
function timeText(time: Date | string | undefined): string | undefined {
  return time instanceof Date ? `${time.toISOString().slice(0, 19)}Z` : time;
}

const QUERY_ORDER: readonly SasField[] =
  'sv ss srt sr si sp st se sip spr ses skoid sktid skt ske sks skv rscc rscd rsce rscl rsct'.split(
    ' ',
  ) as SasField[];

function sign(fields: SasFields, key: string, text: string): SasQuery {
  const pairs = QUERY_ORDER.flatMap((name) => {
    const value = fields[name];
    return value === undefined || value === '' ? [] : [`${name}=${encodeURIComponent(value)}`];
  });
  return [...pairs, `sig=${encodeURIComponent(hmacSha256(key, text))}`].join('&');
}

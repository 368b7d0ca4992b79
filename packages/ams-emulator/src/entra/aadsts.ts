import { TokenError } from './errors';

/**
 * The AADSTS numbers that a test can request, each with its OAuth error and status.
 * Source: "Microsoft Entra authentication and authorization error codes".
 */
const answers: Readonly<Record<string, string>> = {
  '401 invalid_client':
    '7000215 7000222 7000218 700025 700027 700024 700021 50048 50027 50012 5002723 5002738 700030 ' +
    '70021 700211 700212 700213 7002137 7002138 700229 90027',
  '400 unauthorized_client': '7000112 7000229 700016 700011 70001',
  '400 invalid_request':
    '90002 900023 9001023 50194 50059 90038 900439 900382 900432 100007 90013 9002313 90014 900144 900561 ' +
    '901002 50011 28002',
  '400 invalid_client': '500112',
  '400 invalid_instance': '50049',
  '400 unsupported_grant_type': '70003',
  '400 invalid_resource': '500011 500014 50001 650052',
  '400 invalid_scope': '70011 1002012 28003 700022',
  '400 invalid_grant':
    '53003 530035 50105 65001 65004 50034 50020 50126 50076 50079 50173 70000 70008 70043 700082 700084 ' +
    '54005 501481 50196',
  '400 authorization_pending': '70016',
  '400 bad_verification_code': '70018',
  '400 expired_token': '70019',
  '429 temporarily_unavailable': '90055',
  '503 temporarily_unavailable': '90033 90006 90012 90024 50033 90090',
  '500 server_error': '50000 90036',
};

const statusAndError = new Map(
  Object.entries(answers).flatMap(([answer, codes]) =>
    codes.split(' ').map((code) => [Number(code), answer]),
  ),
);

/** Every number that `aadstsError` knows. */
export const aadstsCodes: readonly number[] = [...statusAndError.keys()];

/** The answer that carries the number. Throws TypeError for a number that is not in the table. */
export function aadstsError(code: number): TokenError {
  const [status, error] = statusAndError.get(code)?.split(' ') ?? [];
  if (status === undefined || error === undefined) throw new TypeError(`AADSTS${code} is not in the table`);
  return new TokenError(Number(status), error, code, 'This answer was planned by a test.');
}

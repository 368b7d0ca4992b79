import { serviceSas } from './ams-rest/storage/sas.js';

export function run(): string {
  const key = Buffer.from('the key of an account').toString('base64');
  const resource = { container: 'films' };
  const sas = serviceSas({ account: 'contoso', key }, resource, { sp: 'r', se: '2030-01-01T00:00:00Z' });
  return new URLSearchParams(sas).get('sr') ?? '';
}

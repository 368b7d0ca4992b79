export function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

export const identity = {
  authorityHost: setting('AZURE_AUTHORITY_HOST'),
  tenantId: setting('AZURE_TENANT_ID'),
  clientId: setting('AZURE_CLIENT_ID'),
  clientSecret: setting('AZURE_CLIENT_SECRET'),
};

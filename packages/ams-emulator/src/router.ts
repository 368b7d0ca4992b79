import type { Account } from './account';
import { refuseAuthorization, type Directory } from './entra/directory';
import { handleTokenService, isTokenServicePath } from './entra/service';
import type { Handler } from './http';
import { belowApiRoot } from './media/address';
import { ServiceError } from './media/errors';
import { handleMediaServices } from './media/service';
import { handleOrigin, isOriginPath } from './origin/origin';
import { settleJobs } from './rules/settle-jobs';

/** Gives each request to the service that its path belongs to. */
export function router(directory: Directory, account: Account): Handler {
  return async (request) => {
    if (isTokenServicePath(request.path)) return handleTokenService(directory, account.url, request);
    await settleJobs(account);
    const path = mediaPath(request.path);
    if (path !== undefined) {
      const refusal = refuseAuthorization(directory, request.headers.authorization);
      return handleMediaServices(account, path, request, refusal);
    }
    if (isOriginPath(request.path)) return handleOrigin(account, request);
    return {
      status: 404,
      headers: { 'Content-Type': 'text/plain; charset=utf-8' },
      body: 'ams-emulator: the REST API is at /api/, tokens at /<tenant>/oauth2/token\n',
    };
  };
}

/** Path below the API root; the error for one that cannot be decoded, which the API shall answer in its own form. */
function mediaPath(path: string): string | ServiceError | undefined {
  try {
    return belowApiRoot(path);
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
}

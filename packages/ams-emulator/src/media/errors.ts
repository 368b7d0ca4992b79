/** An error of the Media Services REST API. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  constructor(
    readonly status: number,
    message: string,
    readonly code = '',
  ) {
    super(message);
  }
}

export const badRequest = (message: string): ServiceError => new ServiceError(400, message);
export const forbidden = (message: string): ServiceError => new ServiceError(403, message);
export const conflict = (message: string): ServiceError => new ServiceError(409, message);
/** `Resource Asset not found`: the service's own words. */
export const notFound = (type: string): ServiceError => new ServiceError(404, `Resource ${type} not found`);

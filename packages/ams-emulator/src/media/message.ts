import type { HttpRequest } from '../http';
import type { Format } from './representation';
import type { Payload } from './serialize';
import type { Rules } from './set-rules';

/** A parsed request to the REST API. */
export interface MediaRequest {
  readonly http: HttpRequest;
  /** The method after tunnelling by X-HTTP-Method. */
  readonly method: string;
  /** Decoded path below the API root. */
  readonly path: string;
  readonly format: Format;
  /** The requested API root, with trailing slash, with which links in the answer begin. */
  readonly root: string;
  readonly rules: Rules;
}

/** The answer of a resource, before it becomes an HTTP response. */
export interface Answer {
  readonly status: number;
  readonly payload?: Payload;
  readonly location?: string;
  readonly operationId?: string;
  /** A body that is not one of the JSON payloads, with its content type. */
  readonly other?: { readonly type: string; readonly body: string };
}

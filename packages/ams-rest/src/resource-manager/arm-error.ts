/** The error answers of Azure Resource Manager ("Common API details", error response content). */
import { ServiceError, type ServiceErrorFacts } from '../http/errors';
import { isObject, parseJson } from '../http/messages';
import { redactText } from '../http/redact';

/** One reason; reasons can have reasons. */
export interface ArmErrorDetail {
  readonly code: string;
  readonly message: string;
  /** The property or resource it is about; mostly empty. */
  readonly target: string;
  readonly details: readonly ArmErrorDetail[];
}

/** A refusal by Resource Manager. `details` often have the cause, such as which provider to register. */
export class ArmError extends ServiceError {
  override name = 'ArmError';
  readonly target: string;
  readonly details: readonly ArmErrorDetail[];

  constructor(facts: ServiceErrorFacts & { readonly said?: ArmErrorDetail | undefined }) {
    const { said } = facts;
    super({ ...facts, code: said?.code, serviceMessage: said && withReasons(said) });
    this.target = redactText(said?.target ?? '');
    this.details = said?.details ?? [];
  }
}

const MAX_DEPTH = 5;

/** Reads `{error: {code, message, target, details}}`, also without the wrapping; undefined when it is something else. */
export function readArmError(body: unknown): ArmErrorDetail | undefined {
  if (!isObject(body)) return undefined;
  const error = isObject(body['error']) ? body['error'] : body;
  return typeof error['code'] === 'string' || typeof error['message'] === 'string'
    ? readDetail(error, MAX_DEPTH)
    : undefined;
}

function readDetail(error: Readonly<Record<string, unknown>>, depth: number): ArmErrorDetail {
  const text = (name: string) => {
    const value = error[name];
    return typeof value === 'string' ? redactText(value) : '';
  };
  const { details } = error;
  const inner: unknown[] = depth > 0 && Array.isArray(details) ? details : [];
  return {
    code: text('code'),
    message: text('message'),
    target: text('target'),
    details: inner.filter(isObject).map((detail) => readDetail(detail, depth - 1)),
  };
}

/** The message, followed by the codes and messages of its details. */
function withReasons({ message, details }: ArmErrorDetail): string {
  const reasons = details.map((detail) =>
    [detail.code, withReasons(detail)].filter((part) => part !== '').join(': '),
  );
  return [message, ...reasons.map((reason) => `(${reason})`)].join(' ');
}

/** The error of a refusal. */
export function armError(facts: ServiceErrorFacts): ArmError {
  return new ArmError({ ...facts, said: readArmError(parseJson(new TextEncoder().encode(facts.body))) });
}

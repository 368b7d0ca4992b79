/** An error of Resource Manager. */
export class ArmError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: readonly ArmDetail[] = [],
  ) {
    super(message);
  }
}

export interface ArmDetail {
  readonly code: string;
  readonly target?: string;
  readonly message: string;
}

export const invalidContent = (message: string): ArmError =>
  new ArmError(400, 'InvalidRequestContent', message);

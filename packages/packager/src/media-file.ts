/** A file that is read by ranges, wherever it is stored. */
export interface MediaFile {
  /** Bytes. */
  readonly size: number;
  /** Resolves to exactly `length` bytes from `offset`; never asked for bytes beyond `size`. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** The file is not what can be packaged. */
export class MediaError extends Error {
  override readonly name = 'MediaError';

  /** Unless `isNamed`, the message is the end of a sentence that begins with the name of the file. */
  constructor(
    message: string,
    readonly isNamed = false,
  ) {
    super(message);
  }
}

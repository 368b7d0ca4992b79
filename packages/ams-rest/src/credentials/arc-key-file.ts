/** The key file of the Azure Arc agent. Any local process could pose as the agent, so the path that it names is checked. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** A folder in which the agent of Azure Arc may name a key file, so that it cannot name any other. */
export interface ArcKeyFolder {
  /** With its separator at the end. */
  readonly path: string;
  /** True when `\` separates folders and case does not matter. */
  readonly windows: boolean;
}

/** Where the agent of Azure Arc keeps its key files, by system. */
export const ARC_KEY_FOLDERS = {
  linux: { path: '/var/opt/azcmagent/tokens/', windows: false },
  /** With the default `%ProgramData%`. */
  windows: { path: 'C:\\ProgramData\\AzureConnectedMachineAgent\\Tokens\\', windows: true },
} as const satisfies Record<string, ArcKeyFolder>;

const MAX_BYTES = 4096;

/**
 * Checks a path before it is opened: directly in the agent's folder, ending in `.key`. Pure.
 *
 * @throws TypeError for every other path.
 */
export function checkArcKeyPath(path: string, folder: ArcKeyFolder): string {
  const plain = (text: string) => (folder.windows ? text.toLowerCase() : text);
  const name = path.slice(folder.path.length);
  const isInside = plain(path).startsWith(plain(folder.path));
  if (!isInside || !/^[\w.-]+\.key$/i.test(name) || name.startsWith('.'))
    throw new TypeError(`the Arc agent names a key file that is not in ${folder.path}; it is not read`);
  return path;
}

/**
 * Reads the key file.
 *
 * @throws TypeError when the path is not the agent's or the file is larger than 4096 bytes; Node's error when it
 *   cannot be read, for example because the user is not in the group `himds`.
 */
export async function readArcKey(path: string, folder: ArcKeyFolder): Promise<string> {
  const file = await open(checkArcKeyPath(path, folder), constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    // Reading a named pipe could block.
    if (!(await file.stat()).isFile()) throw new TypeError('the Arc key file is not a file; it is not read');
    const buffer = Buffer.alloc(MAX_BYTES + 1);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    if (bytesRead > MAX_BYTES)
      throw new TypeError('the Arc key file is larger than 4096 bytes; it is not sent');
    const key = buffer.toString('latin1', 0, bytesRead);
    // It becomes a header.
    if (!/^[\x20-\x7e]+$/.test(key))
      throw new TypeError('the Arc key file has characters that a key cannot have');
    return key;
  } finally {
    await file.close();
  }
}

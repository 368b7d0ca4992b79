/** Errors of the file system, as Node reports them, in words that name the path and the cause. */

const CAUSES: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBUSY: 'another program uses it',
  EEXIST: 'a file of that name is in the way',
  EFBIG: 'the file is too large',
  EINVAL: 'the name is not valid',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'it does not exist',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is not a folder',
  ENOTEMPTY: 'the folder is not empty',
  EPERM: 'permission denied',
  EROFS: 'the disk is read-only',
  EDQUOT: 'the disk quota is used up',
};

/** What was done, by Node's name of the system call. */
const ACTIONS: readonly [pattern: RegExp, action: string][] = [
  [/^(mkdir|mkdtemp)/, 'created'],
  [/^(write|rename|copy|ftruncate|fsync|unlink|rm)/, 'written'],
];

/** The message; undefined when it is an error of another kind. */
export function fileSystemMessage(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  const { code, syscall } = error;
  const cause = CAUSES[String(code)];
  if (!cause || typeof syscall !== 'string' || /^(listen|bind|connect)$/.test(syscall)) return undefined;
  const path = 'path' in error && typeof error.path === 'string' ? error.path : 'The file';
  const action = ACTIONS.find(([pattern]) => pattern.test(syscall))?.[1] ?? 'opened';
  const advice =
    syscall === 'mkdtemp' ? ' Set TMPDIR (on Windows TEMP) to a folder for temporary files.' : '';
  return `${path} cannot be ${action}: ${cause} (${String(code)}).${advice}`;
}

/** Adds the path to an error that has none, as that of a write to an open file. */
export async function withPath<T>(path: string, work: () => Promise<T>): Promise<T> {
  return work().catch((error: unknown) => {
    if (error instanceof Error && 'syscall' in error && !('path' in error)) Object.assign(error, { path });
    throw error;
  });
}

/** A one-line message: why the command could not start, and what to do. */
export function startFailure(error: unknown): string {
  const { code, port, message } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE' && port !== undefined)
    return `port ${port} is in use; choose another with --port, or stop what uses it`;
  if (code === 'EACCES' && port !== undefined)
    return `this user may not listen on port ${port}; choose one above 1023 with --port`;
  return `cannot start: ${message}`;
}

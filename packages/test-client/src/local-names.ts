/** Names of files for this machine, made from blob names, which services and other people choose. */

interface LocalName {
  readonly name: string;
  /** Relative, with `/` between folders; never leaves the folder, and no two are the same. */
  readonly path: string;
}

/** Device names of Windows, whatever the extension (learn.microsoft.com, "Naming Files, Paths, and Namespaces"). */
const DEVICE = /^(CON|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³]|CONIN\$|CONOUT\$)(?=\.|$)/i;

/**
 * Keeps folders and every character that the system allows; others become `_`. A name that is taken gets a number.
 *
 * @param platform As `process.platform` has it; Windows and macOS do not distinguish upper and lower case.
 */
export function localNames(names: readonly string[], platform: string): LocalName[] {
  const isWindows = platform === 'win32';
  const key = (path: string) =>
    isWindows || platform === 'darwin' ? path.normalize('NFC').toLowerCase() : path;
  const wanted = names.map((name) => {
    const segments = name.split('/').map((segment) => safeSegment(segment, isWindows));
    return { name, segments };
  });
  // A file cannot have the name of a folder beside it.
  const taken = new Set(
    wanted.flatMap(({ segments }) =>
      segments.slice(1).map((_, at) => key(segments.slice(0, at + 1).join('/'))),
    ),
  );
  return wanted.map(({ name, segments }) => {
    const path = freePath(segments.join('/'), (candidate) => taken.has(key(candidate)));
    taken.add(key(path));
    return { name, path };
  });
}

function safeSegment(segment: string, isWindows: boolean): string {
  let safe = segment.replace(/[\p{Cc}\p{Cs}]/gu, '_');
  if (isWindows) safe = safe.replace(/[<>:"|?*\\]/g, '_').replace(/[. ]+$/, (end) => '_'.repeat(end.length));
  if (isWindows && DEVICE.test(safe)) safe = `_${safe}`;
  if (/^\.{0,2}$/.test(safe)) return '_'.repeat(Math.max(1, safe.length));
  return shortened(safe);
}

/** File systems allow 255 bytes; some are left for the ending that a partial download has. */
function shortened(name: string): string {
  const chars = Array.from(name);
  while (Buffer.byteLength(chars.join('')) > 220) chars.splice(Math.max(0, chars.lastIndexOf('.') - 1), 1);
  return chars.join('');
}

function freePath(path: string, isTaken: (path: string) => boolean): string {
  if (!isTaken(path)) return path;
  const dot = path.lastIndexOf('.');
  const stem = dot > path.lastIndexOf('/') + 1 ? dot : path.length;
  for (let number = 2; ; number++) {
    const candidate = `${path.slice(0, stem)} (${number})${path.slice(stem)}`;
    if (!isTaken(candidate)) return candidate;
  }
}

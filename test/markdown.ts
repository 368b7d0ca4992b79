/** The documents of the repository. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..');

export function markdownFiles(folder = ROOT): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (['node_modules', 'dist', 'html'].includes(entry.name) || entry.name === '.git') return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? markdownFiles(path) : path.endsWith('.md') ? [path] : [];
  });
}

/** A file's text with line feeds, also where git wrote carriage returns. */
export const readText = (path: string): string => readFileSync(path, 'utf8').replaceAll('\r\n', '\n');

/**
 * Puts the recipes onto their pages: after `<!-- file.ts -->` stands the text of the file. `pnpm recipes` writes the pages.
 * The mark's second word names the block's language, `typescript` for what cannot be compiled away from its folder.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const FOLDER = join(__dirname, '..');

export const pages = readdirSync(FOLDER).filter((name) => name.endsWith('.md'));
export const recipes = readdirSync(FOLDER).filter((name) => name.endsWith('.ts'));

const MARK = /^(<!-- ([\w.-]+\.ts)(?: (\w+))? -->)\n(?:\n```\w+\n[\s\S]*?^```\n)?/gm;

/** The page as it should be. */
export function withRecipes(page: string): string {
  return page.replace(MARK, (_, mark: string, file: string, language = 'ts') => {
    const text = readFileSync(join(FOLDER, file), 'utf8');
    return `${mark}\n\n\`\`\`${String(language)}\n${text}\`\`\`\n`;
  });
}

/** The recipes that a page shows. */
export function shownOn(page: string): string[] {
  return [...page.matchAll(MARK)].map(([, , file = '']) => file);
}

export const readPage = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');

if (require.main === module)
  for (const name of pages) writeFileSync(join(FOLDER, name), withRecipes(readPage(name)));

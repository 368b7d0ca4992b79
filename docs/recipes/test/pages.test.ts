import { pages, readPage, recipes, shownOn, withRecipes } from './pages';

it.each(pages)('%s shows the recipes as they are (if not: pnpm recipes)', (name) => {
  expect(readPage(name)).toBe(withRecipes(readPage(name)));
});

it('every recipe is on one page', () => {
  expect(pages.flatMap((name) => shownOn(readPage(name))).sort()).toEqual([...recipes].sort());
});

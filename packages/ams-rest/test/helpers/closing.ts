/** Closes what a test opened when it ends, also when it failed. */
interface Closable {
  close(): Promise<void>;
}

const open: Closable[] = [];

export function closing<T extends Closable>(thing: T): T {
  open.push(thing);
  return thing;
}

afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

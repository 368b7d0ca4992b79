/** Runs an example, and finds its arrows: what stands before `// → value` must be that value. */
import ts from 'typescript';
import { parse, type Example } from './read-examples';

/** What one arrow promised, and what there was. */
export interface Arrow {
  readonly line: string;
  readonly promised: unknown;
  readonly found: unknown;
}

/**
 * @param load Imports a module by its name, as `require` does.
 * @param given What the files of examples only declare, by name, and what is to stand in for a global.
 */
export async function runArrows(
  { imports, code }: Example,
  load: NodeJS.Require,
  given: Readonly<Record<string, unknown>>,
): Promise<Arrow[]> {
  const parameters = ['arrow', ...Object.keys(given)].join(', ');
  // In a block of its own, where an example may make what others are given.
  const module = `${imports}\nexport const run = async (${parameters}) => {{\n${withCalls(code)}\n}};`;
  const { outputText } = ts.transpileModule(module, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
    },
  });
  const exported: { run?: (...values: unknown[]) => Promise<void> } = {};
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the project's own examples
  const start = new Function('require', 'exports', outputText) as (...given: unknown[]) => void;
  start(load, exported);
  const arrows: Arrow[] = [];
  const arrow = (line: string, found: unknown, promised: unknown) => arrows.push({ line, found, promised });
  await exported.run?.(arrow, ...Object.values(given));
  return arrows;
}

/** The code with a call of `arrow` for each arrow. */
function withCalls(code: string): string {
  return parse(code)
    .statements.map((statement) => {
      const text = statement.getFullText();
      const [, promised] = /^ *\/\/ → (.*)/.exec(code.slice(statement.end)) ?? [];
      if (promised === undefined) return text;
      const line = JSON.stringify(statement.getText());
      return ts.isExpressionStatement(statement)
        ? `\narrow(${line}, await (${statement.expression.getText()}), (${promised}));`
        : `${text}\narrow(${line}, ${nameOf(statement)}, (${promised}));`;
    })
    .join('');
}

/** The variable that a declaration makes, also one that it takes out of an object. */
function nameOf(statement: ts.Statement): string {
  const name = ts.isVariableStatement(statement) && statement.declarationList.declarations[0]?.name;
  if (!name) throw new Error(`no value to compare: ${statement.getText()}`);
  return name.getText().replaceAll(/[{}[\]\s]/g, '');
}

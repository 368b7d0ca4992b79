/**
 * The examples of the API reference. A file of examples/ is a room of the reference, called as its first line says. What
 * stands between `// #region a b` and `// #endregion` is the example of the exports `a` and `b`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const FOLDER = join(__dirname, 'examples');

export interface Example {
  /** The exports that it shows. */
  readonly names: readonly string[];
  readonly room: string;
  /** Where it is, for a test's report. */
  readonly place: string;
  readonly imports: string;
  readonly code: string;
  /** With what it needs of the top of its file, so that each can be read and copied by itself. */
  readonly text: string;
}

const REGION = /^( *)\/\/ #region (.+)\n([\s\S]*?)^ *\/\/ #endregion$/gm;

export const examples: readonly Example[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.ts'))
  .flatMap((file) => examplesIn(file, readFileSync(join(FOLDER, file), 'utf8')));

export const rooms = [...new Set(examples.map(({ room }) => room))];

function examplesIn(file: string, text: string): Example[] {
  const room = /^\/\/ (.+)$/m.exec(text)?.[1] ?? file;
  return [...text.matchAll(REGION)].map((region) => {
    const [, indent = '', names = '', body = ''] = region;
    const line = text.slice(0, region.index).split('\n').length;
    const code = body.replaceAll(new RegExp(`^${indent}`, 'gm'), '').trimEnd();
    const { imports, given } = headFor(code, parse(text));
    const whole = [imports, given, code].filter((part) => part !== '').join('\n\n');
    return { names: names.split(' '), room, place: `${file}:${line}`, imports, code, text: whole };
  });
}

export function parse(code: string): ts.SourceFile {
  return ts.createSourceFile('example.ts', code, ts.ScriptTarget.Latest, true);
}

/** Every name that the code mentions. */
export function namesIn(code: string): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) names.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(parse(code));
  return names;
}

function headFor(code: string, { statements }: ts.SourceFile): { imports: string; given: string } {
  const used = namesIn(code);
  for (const name of parse(code).statements.flatMap(declaredNames)) used.delete(name);
  const given = statements
    .filter(ts.isVariableStatement)
    .filter((statement) => declaredNames(statement).some((name) => used.has(name)))
    .map((statement) => statement.getText())
    .join('\n');
  for (const name of namesIn(given)) used.add(name);
  const imports = statements.filter(ts.isImportDeclaration).flatMap((statement) => {
    const bindings = statement.importClause?.namedBindings;
    const named = bindings && ts.isNamedImports(bindings) ? bindings.elements : [];
    const wanted = named.filter(({ name }) => used.has(name.text)).map((each) => each.getText());
    return wanted.length > 0 ? [importLine(wanted, statement.moduleSpecifier.getText())] : [];
  });
  return { imports: imports.join('\n'), given };
}

function declaredNames(statement: ts.Statement): string[] {
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.map(({ name }) => name.getText());
}

function importLine(names: readonly string[], from: string): string {
  const line = `import { ${names.join(', ')} } from ${from};`;
  return line.length <= 100
    ? line
    : `import {\n${names.map((name) => `  ${name},\n`).join('')}} from ${from};`;
}

/**
 * The public surface as one text: each export of the library with its declaration, without comments, sorted by name.
 * It is kept in docs/api/ams-rest.api.md so that a review sees when the surface changes. `pnpm api-report` writes it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const SRC = join(__dirname, '../src');
export const REPORT = join(__dirname, '../../../docs/api/ams-rest.api.md');

export interface PublicName {
  readonly name: string;
  readonly kind: string;
  readonly isDeprecated: boolean;
  readonly isDocumented: boolean;
  readonly declaration: string;
}

/** Every export of index.ts, from the declarations that the compiler would write. */
export function publicNames(): PublicName[] {
  const { config } = ts.readConfigFile(join(SRC, '../tsconfig.build.json'), (path) =>
    readFileSync(path, 'utf8'),
  ) as { config: { compilerOptions: object } };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(SRC, '..'));
  const program = ts.createProgram([join(SRC, 'index.ts')], {
    ...options,
    composite: false,
    emitDeclarationOnly: true,
    removeComments: true,
    noCheck: true,
  });
  const declarations = new Map<string, ts.SourceFile>();
  program.emit(undefined, (path, text) => {
    if (path.endsWith('.d.ts'))
      declarations.set(path, ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  });
  const checker = program.getTypeChecker();
  const door = program.getSourceFile(join(SRC, 'index.ts'));
  const doorSymbol = door && checker.getSymbolAtLocation(door);
  if (!doorSymbol) throw new Error('index.ts exports nothing');
  return checker
    .getExportsOfModule(doorSymbol)
    .map((exported) => {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const source = symbol.declarations?.[0]?.getSourceFile().fileName ?? '';
      const written = join(String(options.outDir), source.slice(SRC.length)).replace(/\.ts$/, '.d.ts');
      const statement = declarations.get(written)?.statements.find((each) => declares(each, symbol.name));
      if (!statement) throw new Error(`${exported.name} has no declaration`);
      return {
        name: exported.name,
        kind: ts.SyntaxKind[statement.kind].replace(/(Declaration|Alias|Statement)+$/, ''),
        isDeprecated: symbol.getJsDocTags(checker).some((tag) => tag.name === 'deprecated'),
        isDocumented: symbol.getDocumentationComment(checker).length > 0,
        declaration: statement.getText().replace(/^export (declare )?/, ''),
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function declares(statement: ts.Statement, name: string): boolean {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.some((each) => each.name.getText() === name);
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return isNamed && statement.name?.text === name;
}

export function apiReport(names = publicNames()): string {
  return [
    '# The public surface of ams-rest',
    'Written by `pnpm api-report`; a test compares it with the sources. Whoever changes it changes what users may rely on.',
    ['```typescript', names.map(({ declaration }) => declaration).join('\n\n'), '```\n'].join('\n'),
  ].join('\n\n');
}

if (require.main === module) writeFileSync(REPORT, apiReport());

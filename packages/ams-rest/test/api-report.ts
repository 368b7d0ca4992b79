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
  readonly entryPoint: string;
  readonly name: string;
  readonly kind: string;
  readonly isDeprecated: boolean;
  readonly isDocumented: boolean;
  readonly declaration: string;
}

/** The modules that a user imports, and the file of each below src. */
export const ENTRY_POINTS: Readonly<Record<string, string>> = {
  'ams-rest': 'index.ts',
  'ams-rest/credentials': 'credentials/index.ts',
  'ams-rest/storage': 'storage/index.ts',
  'ams-rest/resource-manager': 'resource-manager/index.ts',
};

/** Every export, from the declarations that the compiler would write; sorted by entry point and name. */
export function publicNames(): PublicName[] {
  const { config } = ts.readConfigFile(join(SRC, '../tsconfig.build.json'), (path) =>
    readFileSync(path, 'utf8'),
  ) as { config: { compilerOptions: object } };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(SRC, '..'));
  const program = ts.createProgram(
    Object.values(ENTRY_POINTS).map((file) => join(SRC, file)),
    {
      ...options,
      composite: false,
      emitDeclarationOnly: true,
      removeComments: true,
      noCheck: true,
    },
  );
  const declarations = new Map<string, ts.SourceFile>();
  program.emit(undefined, (path, text) => {
    if (path.endsWith('.d.ts'))
      declarations.set(path, ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  });
  const checker = program.getTypeChecker();
  const exportsOf = ([entryPoint, file]: [string, string]) => {
    const source = program.getSourceFile(join(SRC, file));
    const symbol = source && checker.getSymbolAtLocation(source);
    if (!symbol) throw new Error(`${file} exports nothing`);
    return checker.getExportsOfModule(symbol).map((exported) => ({ entryPoint, exported }));
  };
  return Object.entries(ENTRY_POINTS)
    .flatMap(exportsOf)
    .map(({ entryPoint, exported }) => {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const source = symbol.declarations?.[0]?.getSourceFile().fileName ?? '';
      const written = join(String(options.outDir), source.slice(SRC.length)).replace(/\.ts$/, '.d.ts');
      const statement = declarations.get(written)?.statements.find((each) => declares(each, symbol.name));
      if (!statement) throw new Error(`${exported.name} has no declaration`);
      return {
        entryPoint,
        name: exported.name,
        kind: ts.SyntaxKind[statement.kind].replace(/(Declaration|Alias|Statement)+$/, ''),
        isDeprecated: symbol.getJsDocTags(checker).some((tag) => tag.name === 'deprecated'),
        isDocumented: symbol.getDocumentationComment(checker).length > 0,
        declaration: statement.getText().replace(/^export (declare )?/, ''),
      };
    })
    .sort((a, b) => order(a).localeCompare(order(b), 'en'));
}

const order = ({ entryPoint, name }: PublicName) => `${entryPoint} ${name}`;

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
  const sections = Object.keys(ENTRY_POINTS).map((entryPoint) => {
    const inIt = names.filter((each) => each.entryPoint === entryPoint);
    const declarations = inIt.map(({ declaration }) => declaration).join('\n\n');
    return [
      `## ${entryPoint}`,
      `${inIt.length} names.`,
      ['```typescript', declarations, '```'].join('\n'),
    ].join('\n\n');
  });
  return [
    '# The public surface of ams-rest',
    'Written by `pnpm api-report`; a test compares it with the sources. A change of it changes what users may rely on.',
    ...sections,
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

if (require.main === module) writeFileSync(REPORT, apiReport());

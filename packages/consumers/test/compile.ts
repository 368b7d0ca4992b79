/** The compiler in this process: what projects have in common, such as the types of Node, is parsed once. */
import { join } from 'node:path';
import ts from 'typescript';

const parsed = new Map<string, ts.SourceFile | undefined>();

/** Does what `tsc` does in the folder, and returns what it prints; with `settings` instead of those of its tsconfig.json. */
export function compile(folder: string, settings?: object): string {
  const file = join(folder, 'tsconfig.json');
  const given: unknown = settings ?? ts.readConfigFile(file, ts.sys.readFile.bind(ts.sys)).config;
  const { options, fileNames, errors } = ts.parseJsonConfigFileContent(
    given,
    ts.sys,
    folder,
    undefined,
    file,
  );
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, kind, ...rest) => {
    if (!name.includes('/node_modules/')) return read(name, kind, ...rest);
    const { languageVersion, impliedNodeFormat } =
      typeof kind === 'object' ? kind : { languageVersion: kind, impliedNodeFormat: undefined };
    const key = JSON.stringify([name, languageVersion, impliedNodeFormat]);
    if (!parsed.has(key)) parsed.set(key, read(name, kind, ...rest));
    return parsed.get(key);
  };
  const program = ts.createProgram({
    rootNames: fileNames,
    options,
    host,
    configFileParsingDiagnostics: errors,
  });
  const before = ts.getPreEmitDiagnostics(program);
  const { diagnostics } = program.emit();
  return ts.formatDiagnostics([...before, ...diagnostics], {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => folder,
    getNewLine: () => '\n',
  });
}

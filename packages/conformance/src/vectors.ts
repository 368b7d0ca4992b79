/** The vectors and the requirements, as they lie on disk beside this package. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonObject } from './protocol';

const PACKAGE = join(__dirname, '..');

export interface VectorCase {
  /** `function/case`. */
  readonly id: string;
  readonly requirement: string;
  readonly about?: string;
  readonly input: JsonObject;
  readonly output?: Json;
  readonly error?: JsonObject;
}

export interface FunctionVectors {
  readonly function: string;
  readonly about: string;
  /** What each member means, by its path: `name?` may be left out, `[]` is each element, '' is the whole. */
  readonly input: Readonly<Record<string, string>>;
  readonly output: Readonly<Record<string, string>>;
  readonly compare?: Readonly<Record<string, 'form'>>;
  readonly cases: readonly VectorCase[];
}

/** In the order in which a port is built; each has all those before it. */
export const LEVELS = ['core', 'reliable', 'storage', 'complete'] as const;
export type Level = (typeof LEVELS)[number];

export interface Requirement {
  readonly id: string;
  readonly keyword: 'must' | 'should';
  readonly level: Level;
  readonly text: string;
  readonly why: string;
  readonly reference: string;
  readonly bytes: string;
}

export interface RequirementSection {
  readonly id: string;
  readonly title: string;
  readonly intro: string;
  readonly requirements: readonly Requirement[];
}

export function loadSections(): readonly RequirementSection[] {
  const file = readFileSync(join(PACKAGE, 'requirements.json'), 'utf8');
  return (JSON.parse(file) as { sections: RequirementSection[] }).sections;
}

export function loadRequirements(): readonly Requirement[] {
  return loadSections().flatMap(({ requirements }) => requirements);
}

/** The names of the files with vectors. */
export function vectorFiles(): readonly string[] {
  const folder = join(PACKAGE, 'vectors');
  return readdirSync(folder)
    .filter((name) => name !== 'schema.json')
    .sort()
    .map((name) => join(folder, name));
}

export function loadVectors(): readonly FunctionVectors[] {
  return vectorFiles().flatMap(
    (path) => (JSON.parse(readFileSync(path, 'utf8')) as { functions: FunctionVectors[] }).functions,
  );
}

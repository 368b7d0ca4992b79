import { XMLParser } from 'fast-xml-parser';
import { badRequest } from '../media/errors';
import { escapeXml } from '../xml';

/** Attributes by name, as sent. */
type Attributes = Readonly<Record<string, string>>;

export interface TaskInput {
  /** Which list of the job's assets `index` counts: a task may take the output of an earlier one. */
  readonly from: 'input' | 'output';
  readonly index: number;
  readonly attributes: Attributes;
}

export interface TaskOutput {
  /** The n of `JobOutputAsset(n)`. */
  readonly index: number;
  readonly name: string | undefined;
  readonly options: number;
  readonly attributes: Attributes;
}

export interface TaskAssets {
  readonly inputs: readonly TaskInput[];
  readonly outputs: readonly TaskOutput[];
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  alwaysCreateTextNode: true,
  ignoreDeclaration: true,
  isArray: (_name, path) => /^taskBody\.(input|output)Asset$/.test(String(path)),
});

interface Element {
  readonly '#text'?: string;
  readonly [attribute: `@${string}`]: string | undefined;
}

/** The assets that a TaskBody names. Throws 400 for a body that is not `<taskBody>` with inputs and outputs. */
export function parseTaskBody(body: string): TaskAssets {
  const { inputAsset = [], outputAsset = [] } = parseXml(body);
  if (outputAsset.length === 0) throw badRequest('The TaskBody names no output asset.');
  return {
    inputs: inputAsset.map((element) => ({ ...reference(element), attributes: attributesOf(element) })),
    outputs: outputAsset.map((element) => {
      const { from, index } = reference(element);
      if (from !== 'output') throw badRequest('The TaskBody has an output that is not JobOutputAsset(n).');
      // The names of attributes may be capitalised.
      const name = element['@assetName'] ?? element['@AssetName'];
      const options = element['@assetCreationOptions'] ?? element['@AssetCreationOptions'] ?? '0';
      return { index, name, options: creationOptions(options), attributes: attributesOf(element) };
    }),
  };
}

/**
 * The TaskBody as the service gave it back: declared as UTF-16, indented, with sorted attributes. How far it was
 * indented is not known, as the recording has lost repeated blanks; two is the default of .NET.
 */
export function writeTaskBody({ inputs, outputs }: TaskAssets): string {
  const lines = [
    ...inputs.map(({ from, index, attributes }) => assetElement('inputAsset', from, index, attributes)),
    ...outputs.map(({ index, attributes }) => assetElement('outputAsset', 'output', index, attributes)),
  ];
  return ['<?xml version="1.0" encoding="utf-16"?>', '<taskBody>', ...lines, '</taskBody>'].join('\r\n');
}

function assetElement(name: string, from: 'input' | 'output', index: number, attributes: Attributes): string {
  const sorted = Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const written = sorted.map(([attribute, value]) => ` ${attribute}="${escapeXml(value)}"`).join('');
  return `  <${name}${written}>Job${from === 'input' ? 'Input' : 'Output'}Asset(${index})</${name}>`;
}

const attributesOf = (element: Element): Attributes =>
  Object.fromEntries(
    Object.entries(element).flatMap(([name, value]) =>
      name.startsWith('@') && value !== undefined ? [[name.slice(1), value]] : [],
    ),
  );

function parseXml(body: string): { inputAsset?: Element[]; outputAsset?: Element[] } {
  let document: unknown;
  try {
    document = parser.parse(body, true);
  } catch {
    throw badRequest('The TaskBody is not well-formed XML.');
  }
  const root = (document as { taskBody?: unknown }).taskBody;
  if (typeof root !== 'object' || root === null) throw badRequest('The TaskBody has no taskBody element.');
  return root;
}

function reference(element: Element): { from: 'input' | 'output'; index: number } {
  const match = /^\s*Job(Input|Output)Asset\((\d{1,3})\)\s*$/i.exec(element['#text'] ?? '');
  if (match === null) throw badRequest('The TaskBody refers to something that is not an asset of the job.');
  return { from: match[1]?.toLowerCase() === 'input' ? 'input' : 'output', index: Number(match[2]) };
}

function creationOptions(text: string): number {
  const names = ['None', 'StorageEncrypted', 'CommonEncryptionProtected', '', 'EnvelopeEncryptionProtected'];
  const value = names.includes(text) ? names.indexOf(text) : Number(text);
  if (![0, 1, 2, 4].includes(value)) throw badRequest('The TaskBody has invalid assetCreationOptions.');
  return value;
}

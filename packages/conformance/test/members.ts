/** Whether values have the members that a function of the vectors declares. */
import type { Json, JsonObject } from '../src/protocol';

interface Shape {
  optional: boolean;
  readonly members: Map<string, Shape>;
}

/** What is wrong, in words; empty when every member is declared, used, and left out if and only if it may be. */
export function undeclared(declared: Readonly<Record<string, string>>, values: readonly Json[]): string[] {
  const { '': whole, ...members } = declared;
  const root: Shape = { optional: false, members: new Map() };
  for (const path of Object.keys(members)) declare(root, path);
  const seen = new Set<Shape>();
  const leftOut = new Set<Shape>();
  const wrong = new Set<string>();

  const visit = (value: Json, shape: Shape, path: string): void => {
    seen.add(shape);
    const element = shape.members.get('[]');
    if (element && Array.isArray(value)) {
      for (const item of value as Json[]) visit(item, element, `${path}[]`);
    } else if (shape.members.size > 0 && isObject(value)) {
      for (const [name, inner] of Object.entries(value)) {
        const known = shape.members.get(name);
        if (known) visit(inner, known, join(path, name));
        else wrong.add(`${join(path, name)} is not declared`);
      }
      for (const [name, inner] of shape.members)
        if (!(name in value)) {
          leftOut.add(inner);
          if (!inner.optional) wrong.add(`${join(path, name)} is missing`);
        }
    } else if (shape.members.size > 0 && !(shape === root && whole !== undefined)) {
      wrong.add(`${path === '' ? 'the whole' : path} is not declared`);
    }
  };
  for (const value of values) visit(value, root, '');

  const unused = (shape: Shape, path: string): void => {
    for (const [name, inner] of shape.members) {
      const inside = join(path, name);
      if (!seen.has(inner)) wrong.add(`${inside} is never used`);
      else if (inner.optional && !leftOut.has(inner)) wrong.add(`${inside}? is never left out`);
      unused(inner, inside);
    }
  };
  unused(root, '');
  return [...wrong];
}

/** `attributes[].name` as attributes, its elements, and their name. */
function declare(root: Shape, path: string): void {
  let shape = root;
  for (const step of path.replaceAll('[]', '.[]').split('.').filter(Boolean)) {
    const name = step.replace(/\?$/, '');
    const inner = shape.members.get(name) ?? { optional: false, members: new Map<string, Shape>() };
    inner.optional ||= step.endsWith('?');
    shape.members.set(name, inner);
    shape = inner;
  }
}

function join(path: string, name: string): string {
  return path === '' || name === '[]' ? path + name : `${path}.${name}`;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

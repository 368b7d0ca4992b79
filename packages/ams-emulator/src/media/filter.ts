import type { EntitySet, Row, Value } from '../model';
import { complexTypes } from '../model';
import { badRequest } from './errors';
import { functions, type Spend } from './filter-functions';
import { comparable, readDate } from './values';

/** A compiled expression: its value for one entity. Only integers that a number would round are bigint. */
export type Expression = (row: Row) => Value | bigint;

// Deep enough for all clients, within the limits of the stack.
const depthLimit = 100;

// Most characters that the functions of one query may read and write: enough for 100 000 names of 500 characters.
const characterLimit = 64 * 1024 * 1024;

const token =
  /\s*(?:([(),/])|(?:(datetime|datetimeoffset|guid|time)?'((?:[^']|'')*)')|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)[LlDdFfMm]?(?![\w])|([A-Za-z_]\w*))/y;

const comparisons: Readonly<Record<string, (order: number) => boolean>> = {
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
};

const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  mod: (a, b) => a % b,
};

/**
 * Compiles a `$filter` expression of OData 3.0 (grammar: "OData Version 3.0 URL Conventions", 5.1.2).
 * Throws 400 for bad syntax, an unknown property or an unknown function.
 */
export function compileFilter(text: string, set: EntitySet): (row: Row) => boolean {
  const reader = new RegExp(token);
  let symbol: string | undefined;
  let prefix: string | undefined;
  let quoted: string | undefined;
  let number: string | undefined;
  let word: string | undefined;
  let charactersLeft = characterLimit;

  const spend: Spend = (characters) => {
    charactersLeft -= characters;
    if (charactersLeft < 0)
      throw badRequest('The functions of the $filter expression process too much text.');
  };

  function advance(): void {
    const at = reader.lastIndex;
    const match = reader.exec(text);
    if (match === null && text.slice(at).trim() !== '') throw syntaxError();
    [, symbol, prefix, quoted, number, word] = match ?? [];
    if (match === null) reader.lastIndex = text.length;
  }

  /** Left-associative binary operators of one precedence, all read in a loop so that long chains stay flat. */
  function chain(
    operand: (depth: number) => Expression,
    names: readonly string[],
    combine: (name: string, left: Expression, right: Expression) => Expression,
  ): (depth: number) => Expression {
    return (depth) => {
      let left = operand(depth);
      while (word !== undefined && names.includes(word)) {
        const name = word;
        advance();
        left = combine(name, left, operand(depth));
      }
      return left;
    };
  }

  /** `a or b or c …` as one flat test, however long. */
  function connective(name: 'and' | 'or', operand: (depth: number) => Expression) {
    return (depth: number): Expression => {
      const operands = [operand(depth)];
      while (word === name) {
        advance();
        operands.push(operand(depth));
      }
      const [only] = operands;
      if (only !== undefined && operands.length === 1) return only;
      return name === 'and'
        ? (row) => operands.every((test) => test(row) === true)
        : (row) => operands.some((test) => test(row) === true);
    };
  }

  const product = chain(unary, ['mul', 'div', 'mod'], calculate);
  const sum = chain(product, ['add', 'sub'], calculate);
  const relation = chain(sum, Object.keys(comparisons), (name, left, right) => (row) => {
    const [a, b] = [left(row), right(row)];
    if (a === null || b === null || kindOf(a) !== kindOf(b)) return false;
    return comparisons[name]?.(a < b ? -1 : a > b ? 1 : 0) ?? false;
  });
  const equality = chain(relation, ['eq', 'ne'], (name, left, right) =>
    name === 'eq' ? (row) => left(row) === right(row) : (row) => left(row) !== right(row),
  );
  const conjunction = connective('and', equality);
  const disjunction = connective('or', conjunction);

  function unary(depth: number): Expression {
    if (depth > depthLimit) throw syntaxError();
    if (word === 'not') {
      advance();
      // `not` binds tighter than comparison: `not endswith(Name,'x')`, `not (a eq b)`.
      const operand = unary(depth + 1);
      return (row) => operand(row) !== true;
    }
    return primary(depth);
  }

  function primary(depth: number): Expression {
    if (symbol === '(') {
      advance();
      const inner = disjunction(depth + 1);
      expect(')');
      return inner;
    }
    if (quoted !== undefined) return constant(literalOf(prefix, quoted.replaceAll("''", "'")));
    if (number !== undefined) return constant(numberOf(number));
    if (word === undefined) throw syntaxError();
    const name = word;
    advance();
    if (symbol === '(') return call(name, depth);
    if (name === 'true' || name === 'false') return () => name === 'true';
    if (name === 'null') return () => null;
    return member(name);
  }

  function constant(value: Value | bigint): Expression {
    advance();
    return () => value;
  }

  function call(name: string, depth: number): Expression {
    const definition = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (definition === undefined) throw badRequest(`Unknown function '${name}' in the $filter expression.`);
    const parameters: Expression[] = [];
    advance();
    while (symbol !== ')') {
      if (parameters.length > 0) expect(',');
      parameters.push(disjunction(depth + 1));
    }
    advance();
    if (!definition.arity.includes(parameters.length)) throw syntaxError();
    return (row) =>
      definition.apply(
        parameters.map((parameter) => parameter(row)),
        spend,
      );
  }

  function member(first: string): Expression {
    const path = [first];
    while (symbol === '/') {
      advance();
      if (word === undefined) throw syntaxError();
      path.push(word);
      advance();
    }
    const type = typeOfPath(path, set);
    return (row) => {
      const found = path.reduce<Value>((value, name) => {
        if (value === null || typeof value !== 'object' || Array.isArray(value)) return null;
        return value[name] ?? null;
      }, row);
      return comparable(type, found);
    };
  }

  function expect(wanted: string): void {
    if (symbol !== wanted) throw syntaxError();
    advance();
  }

  advance();
  const expression = disjunction(0);
  if ((symbol ?? quoted ?? number ?? word) !== undefined) throw syntaxError();
  return (row) => expression(row) === true;
}

function calculate(name: string, left: Expression, right: Expression): Expression {
  return (row) => {
    const [a, b] = [left(row), right(row)];
    return typeof a === 'number' && typeof b === 'number' ? (arithmetic[name]?.(a, b) ?? null) : null;
  };
}

const kindOf = (value: Value | bigint): string => (typeof value === 'bigint' ? 'number' : typeof value);

function numberOf(literal: string): number | bigint {
  const number = Number(literal);
  return /^-?\d+$/.test(literal) && !Number.isSafeInteger(number) ? BigInt(literal) : number;
}

/** The type of the property at the end of a path. Throws 400 for an unknown property. */
function typeOfPath(path: readonly string[], set: EntitySet): string {
  let properties = set.properties;
  let type = set.type;
  for (const name of path) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (property === undefined) throw badRequest(`No property '${name}' exists in type '${type}'.`);
    type = property.type;
    properties = complexTypes[type] ?? {};
  }
  return type;
}

function literalOf(prefix: string | undefined, text: string): Value {
  if (prefix === 'datetime' || prefix === 'datetimeoffset') {
    const time = readDate(text);
    if (time === undefined) throw syntaxError();
    return time;
  }
  return text;
}

const syntaxError = (): Error => badRequest('Syntax error in the $filter expression.');

import type { HttpRequest } from '../http';
import { findProperty, type EntitySet, type Row, type Value } from '../model';
import { keyOfUri } from './address';
import { badRequest } from './errors';
import { parseLenientJson } from './lenient-json';
import { bodyFormatOf } from './representation';
import { isAnnotation, isObject, readValue, undefinedProperty } from './values';

/** The body of a create or update request, its members sorted by kind. */
export interface EntityBody {
  /** Declared properties that were sent, as stored in rows. */
  readonly values: Row;
  /** Keys of the entities that a navigation property was bound to. */
  readonly links: Readonly<Record<string, readonly string[]>>;
  /** Entities nested in a navigation property. */
  readonly inline: Readonly<Record<string, readonly Row[]>>;
  /** The members as sent, for the few rules that depend on their spelling. */
  readonly raw: Row;
}

export const emptyBody: EntityBody = { values: {}, links: {}, inline: {}, raw: {} };

/** Parses a JSON body into an object. Throws 415 for another content type, 400 for anything but an object. */
export function readObject(request: HttpRequest): Row {
  const format = bodyFormatOf(request.headers['content-type']);
  const value = parseLenientJson(request.body.toString('utf8'));
  if (!isObject(value)) throw badRequest('The request body must be a JSON object.');
  // Below version 3.0 plain JSON was the verbose form. Light bodies are accepted too, as the documentation sends them.
  const wasVerbose = /^\s*[12]\./.test(String(request.headers['dataserviceversion']));
  if (format === 'light' && !wasVerbose && hasVerboseMetadata(value)) {
    throw badRequest("The property '__metadata' needs the content type application/json;odata=verbose.");
  }
  return value;
}

function hasVerboseMetadata(value: Value): boolean {
  if (Array.isArray(value)) return value.some(hasVerboseMetadata);
  if (!isObject(value)) return false;
  return Object.hasOwn(value, '__metadata') || Object.values(value).some(hasVerboseMetadata);
}

/** Sorts the members of a body. Throws 400 for an unknown member or a value of the wrong type. */
export function sortMembers(set: EntitySet, raw: Row): EntityBody {
  const values: Row = {};
  const links: Record<string, string[]> = {};
  const inline: Record<string, Row[]> = {};
  for (const [name, value] of Object.entries(raw)) {
    const bound = /^(\w+)@odata\.bind$/.exec(name)?.[1];
    const navigation = bound ?? name;
    if (Object.hasOwn(set.navigation ?? {}, navigation)) {
      const items = isObject(value) && Array.isArray(value['results']) ? value['results'] : value;
      for (const item of Array.isArray(items) ? items : [items]) readLink(navigation, item, links, inline);
      continue;
    }
    if (isAnnotation(name)) continue;
    const found = findProperty(set.properties, name);
    if (found === undefined) throw undefinedProperty();
    const [ownName, property] = found;
    // Clients send back what they read: any value of a read-only property is ignored.
    if (property.readOnly === true) continue;
    values[ownName] = readValue(name, property, value);
  }
  return { values, links, inline, raw };
}

/** One item of a navigation property: a URI, `{"__metadata":{"uri":…}}`, `{"uri":…}`, `{"Id":…}` or an entity. */
function readLink(
  name: string,
  item: Value,
  links: Record<string, string[]>,
  inline: Record<string, Row[]>,
): void {
  if (item === null) return;
  if (typeof item === 'string') {
    (links[name] ??= []).push(keyOfUri(item));
    return;
  }
  if (!isObject(item)) throw badRequest(`The value of the property '${name}' is not valid.`);
  if ('__deferred' in item) return;
  const metadata = item['__metadata'];
  const uri = isObject(metadata) ? metadata['uri'] : item['uri'];
  const others = Object.keys(item).filter((member) => member !== '__metadata');
  if (typeof uri === 'string' && others.every((member) => member === 'uri')) {
    (links[name] ??= []).push(keyOfUri(uri));
  } else if (others.length === 1 && typeof item['Id'] === 'string') {
    (links[name] ??= []).push(item['Id']);
  } else {
    (inline[name] ??= []).push(item);
  }
}

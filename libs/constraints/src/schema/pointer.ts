import { invalid, isObject, refuse } from './keywords.js';

/** What a `$ref` within its own document points to: `#` or `#/` and a JSON pointer (RFC 6901). */
export function resolvePointer(root: unknown, reference: string, path: string): unknown {
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) throw refuse(path, `"$ref": ${JSON.stringify(reference)} is not within the schema`);
  let found: unknown = root;
  for (const part of reference.slice(2).split('/')) {
    const name = decodePart(part);
    if (Array.isArray(found)) found = found[Number(name)] as unknown;
    else found = isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
    if (found === undefined) throw invalid(path, `"$ref": ${JSON.stringify(reference)} points to nothing`);
  }
  return found;
}

function decodePart(part: string): string {
  const unescaped = part.replaceAll('~1', '/').replaceAll('~0', '~');
  try {
    return decodeURIComponent(unescaped);
  } catch {
    return unescaped;
  }
}

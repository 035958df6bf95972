import { isJsonMap, type Json, type JsonMap } from '../zoneedit/json.js';

/**
 * RFC 7396. `value` and `values` stand for each other: who gives one takes the other away.
 * @param old of a record
 */
export function mergePatch(old: JsonMap, patch: JsonMap): JsonMap {
  const merged = merge(old, patch) as Record<string, Json>;
  for (const [given, other] of [
    ['value', 'values'],
    ['values', 'value'],
  ] as const) {
    if ((patch[given] ?? null) !== null && !Object.hasOwn(patch, other)) delete merged[other];
  }
  return merged;
}

function merge(old: Json | undefined, patch: JsonMap): JsonMap {
  const merged: Record<string, Json> = isJsonMap(old) ? { ...old } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = isJsonMap(value) ? merge(merged[key], value) : value;
  }
  return merged;
}

/** Offsets into the source's text: start, and end past the last character. */
export type Range = readonly [start: number, end: number];

/** Where a value was written, and the parts of it. */
export interface Spot {
  readonly key: Range | undefined;
  readonly value: Range;
  readonly parts: ReadonlyMap<string | number, Spot>;
}

/** A value and where it was written. */
export interface Read {
  readonly value: unknown;
  readonly spot: Spot;
}

export const NO_PARTS: ReadonlyMap<string | number, Spot> = new Map();

/** A map without prototype: `constructor` is a name like any other. */
export function emptyMap(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

/** Where a part was written. Of a path that leads nowhere: its innermost part that there is. */
export function locate(root: Spot, path: readonly PropertyKey[], part: 'key' | 'value'): Range {
  let spot = root;
  for (const [depth, step] of path.entries()) {
    const next = spot.parts.get(typeof step === 'symbol' ? '' : step) ?? spot.parts.get(String(step));
    if (next === undefined) return depth === 0 ? [0, 0] : (spot.key ?? firstOf(spot.value));
    spot = next;
  }
  return part === 'key' ? (spot.key ?? firstOf(spot.value)) : spot.value;
}

function firstOf([start]: Range): Range {
  return [start, start + 1];
}

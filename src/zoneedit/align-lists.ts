/** Above this many comparisons the lists are taken item by item. */
const MAX_COMPARISONS = 250_000;

/**
 * Brings two lists together so that as many items as may be are the same, in order. Where items differ on both sides, one
 * becomes the other.
 * @returns pairs of indexes in both lists, in order; undefined on the old side: it is new, on the new side: it is gone
 */
export function alignLists<A, B>(
  a: readonly A[],
  b: readonly B[],
  same: (a: A, b: B) => boolean,
): [number | undefined, number | undefined][] {
  const equal = (i: number, j: number): boolean => same(a[i] as A, b[j] as B);
  let head = 0;
  while (head < a.length && head < b.length && equal(head, head)) head += 1;
  let tail = 0;
  while (tail < Math.min(a.length, b.length) - head && equal(a.length - 1 - tail, b.length - 1 - tail)) {
    tail += 1;
  }
  const pairs: [number | undefined, number | undefined][] = [];
  for (let i = 0; i < head; i++) pairs.push([i, i]);
  let i = head;
  let j = head;
  const matches = commonItems(head, a.length - tail, head, b.length - tail, equal);
  for (const [nextA, nextB] of [...matches, [a.length - tail, b.length - tail] as const]) {
    while (i < nextA && j < nextB) pairs.push([i++, j++]);
    while (i < nextA) pairs.push([i++, undefined]);
    while (j < nextB) pairs.push([undefined, j++]);
    if (nextA < a.length - tail) pairs.push([i++, j++]);
  }
  for (let left = tail; left > 0; left--) pairs.push([a.length - left, b.length - left]);
  return pairs;
}

/** The longest common subsequence of two stretches. */
function commonItems(
  fromA: number,
  toA: number,
  fromB: number,
  toB: number,
  equal: (i: number, j: number) => boolean,
): [number, number][] {
  const rows = toA - fromA;
  const columns = toB - fromB;
  if (rows * columns === 0 || rows * columns > MAX_COMPARISONS) return [];
  const width = columns + 1;
  const lengths = new Uint16Array((rows + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] as number;
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      lengths[i * width + j] = equal(fromA + i, fromB + j)
        ? at(i + 1, j + 1) + 1
        : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const found: [number, number][] = [];
  for (let i = 0, j = 0; i < rows && j < columns; ) {
    if (equal(fromA + i, fromB + j)) found.push([fromA + i++, fromB + j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return found;
}

/**
 * The instances that make a probe: the first of an order that is each probe's own, so that every instance knows them without
 * asking, the work is spread evenly, and when one comes or goes only its own probes move (rendezvous hashing).
 * @param count how many are wanted
 * @param canMake false for those that said they can't make this probe: they stay, and another comes in beside each
 */
export function holdersOf(
  probe: string,
  instances: readonly string[],
  count: number,
  canMake: (instance: string) => boolean,
): string[] {
  if (instances.length <= count) return [...instances];
  const of = hashText(probe);
  const order = instances
    .map((name) => ({ name, score: mix(hashText(name) ^ of) }))
    .sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1));
  const holders: string[] = [];
  let able = 0;
  for (const { name } of order) {
    if (able === count) break;
    holders.push(name);
    if (canMake(name)) able += 1;
  }
  return holders;
}

/** FNV-1a of the UTF-16 code units, 32 bits. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix(hash);
}

/** Spreads a change of one bit over all 32: the finalizer of MurmurHash3. */
function mix(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

import { hashText } from './client-hash.js';

/**
 * Entries of a table, a prime, so that every stride visits each entry. Fixed, since another size moves every client. One
 * entry is 0.006 % of the clients; a table takes 32 kB.
 */
const MAGLEV_ENTRIES = 16381;

/** One of those that a table is shared out among. */
interface Claimant {
  /** The same after a restart and in another order of the file. */
  readonly name: string;
  /** Above 0. */
  readonly weight: number;
}

/**
 * A Maglev table (Eisenbud et al., NSDI 2016, §3.4): entry → index of its claimant. Each has entries in proportion to its
 * weight, and when one comes or goes the others keep nearly all of theirs.
 */
export function buildMaglev(claimants: readonly Claimant[]): Uint16Array {
  const table = new Uint16Array(MAGLEV_ENTRIES);
  if (claimants.length === 0) return table;
  const taken = new Uint8Array(MAGLEV_ENTRIES);
  const rows = claimants
    .map((claimant, index) => ({
      index,
      name: claimant.name,
      weight: claimant.weight,
      at: (hashText(claimant.name, 1) >>> 0) % MAGLEV_ENTRIES,
      stride: ((hashText(claimant.name, 2) >>> 0) % (MAGLEV_ENTRIES - 1)) + 1,
      owed: 0,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const heaviest = Math.max(...claimants.map((claimant) => claimant.weight));
  let left = MAGLEV_ENTRIES;
  while (left > 0) {
    for (const row of rows) {
      row.owed += row.weight;
      if (row.owed < heaviest) continue;
      row.owed -= heaviest;
      while (taken[row.at] === 1) row.at = (row.at + row.stride) % MAGLEV_ENTRIES;
      taken[row.at] = 1;
      table[row.at] = row.index;
      left -= 1;
      if (left === 0) break;
    }
  }
  return table;
}

import { formatWireName, type WireRecord } from './message.js';

/** Types that are answered in ways of their own, one that nobody knows, and some of the rest. */
const KEY_TYPES: readonly number[] = [1, 2, 5, 6, 15, 16, 39, 43, 255, 65_400];

/** Besides the types of the corpus: NULL, KEY, RRSIG, NSEC, and types that are unassigned or for private use. */
const ABSENT_TYPES: readonly number[] = [10, 25, 46, 47, 3000, 65_500];

/** QTYPEs that are no type of data: OPT, TKEY, TSIG, MAILB, MAILA, and the reserved 0 and 65,535. */
const META_TYPES: readonly number[] = [0, 41, 249, 250, 253, 254, 65_535];

/** Reserved, unassigned, HS, NONE, ANY, unassigned. */
const CLASSES: readonly number[] = [0, 2, 4, 254, 255, 256];
/** BIND answers three questions of class CH a second over UDP. */
const CLASSES_BY_TCP: readonly number[] = [...CLASSES, 3];

export type Transport = 'edns' | 'udp' | 'tcp';

export interface Question {
  /** In wire form. */
  readonly name: Uint8Array;
  readonly nameText: string;
  readonly type: number;
  readonly class: number;
  /** UDP with EDNS and without, TCP without EDNS. */
  readonly transport: Transport;
}

/**
 * Questions about a corpus: every owner name × every type; its parents, children and neighbours × the types that are answered in
 * ways of their own; some names × what is no type of data and no class of ours. Over UDP without EDNS and over TCP, owner names
 * × their own types and those of their own ways, and the names around them × A.
 */
export function questionsOf(zones: ReadonlyMap<string, readonly WireRecord[]>): Question[] {
  const owners = new Map<string, { name: Uint8Array; types: Set<number> }>();
  const all = new Set([...KEY_TYPES, ...ABSENT_TYPES]);
  for (const records of zones.values()) {
    for (const { owner, type } of records) {
      const text = formatWireName(owner);
      const entry = owners.get(text) ?? { name: owner, types: new Set(KEY_TYPES) };
      entry.types.add(type);
      owners.set(text, entry);
      all.add(type);
    }
  }
  const kin = new Map<string, Uint8Array>();
  for (const { name: owner } of owners.values()) {
    for (const name of kinOf(owner)) {
      const text = formatWireName(name);
      if (name.length <= 255 && !owners.has(text)) kin.set(text, name);
    }
  }
  const questions: Question[] = [];
  for (const transport of ['edns', 'udp', 'tcp'] as const) {
    const add = (nameText: string, name: Uint8Array, types: Iterable<number>, rrClass = 1): void => {
      for (const type of types) questions.push({ name, nameText, type, class: rrClass, transport });
    };
    const full = transport === 'edns';
    for (const [text, { name, types }] of owners) add(text, name, full ? all : types);
    for (const [text, name] of kin) add(text, name, full ? KEY_TYPES : [1]);
    for (const zone of zones.keys()) {
      const some = [...owners].filter(([owner]) => owner.endsWith(`${zone}.`)).slice(0, 3);
      for (const [text, { name }] of some) {
        add(text, name, META_TYPES);
        for (const rrClass of transport === 'tcp' ? CLASSES_BY_TCP : CLASSES)
          add(text, name, [1, 6, 255], rrClass);
      }
    }
  }
  return questions;
}

/** Parents, children, neighbours, and the name in the other case. */
function* kinOf(name: Uint8Array): Generator<Uint8Array> {
  const parent = name.subarray((name[0] ?? 0) + 1);
  if (parent.length > 0) yield parent;
  yield withLabel('*', name);
  yield withLabel('zz-none', name);
  yield withLabel('x', withLabel('*', name));
  yield withLabel('a', withLabel('b', name));
  if (parent.length === 0) return;
  yield withLabel('zz-none', parent);
  yield withLabel('*', parent);
  // Just before and just after it, in the order of names.
  const before = name.slice();
  before[name[0] as number] = ((before[name[0] as number] ?? 0) - 1) & 0xff;
  yield before;
  if ((name[0] as number) < 63) {
    yield Buffer.concat([
      Buffer.of((name[0] as number) + 1),
      name.subarray(1, (name[0] as number) + 1),
      Buffer.of(0),
      parent,
    ]);
  }
  yield otherCase(name);
}

function withLabel(label: string, name: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.of(label.length), Buffer.from(label, 'latin1'), name]);
}

function otherCase(name: Uint8Array): Uint8Array {
  return name.map((octet) => (/[A-Za-z]/.test(String.fromCharCode(octet)) ? octet ^ 0x20 : octet));
}

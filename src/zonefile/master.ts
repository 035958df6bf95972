import { Diagnostics, type SourceFile } from '../config/diagnostics.js';
import { formatRrType, rrTypeByNumber, TYPE } from '../rr/rr-types.js';
import { formatName, sameName } from '../wire/name.js';
import type { Placed } from '../yaml/yaml-node.js';
import { finishZone } from './finish-zone.js';
import { readMasterInclude } from './master-include.js';
import { type MasterRecord, type ReadMasterInclude, readMaster } from './master-reader.js';
import { nameKey, rdataKey } from './rdata-key.js';
import { reportError, reportWarning, whereOf, ZoneLoad } from './zone-load.js';
import type { ZoneSource } from './zone-source.js';

/** RRs of one owner and type, in the order of writing, without duplicates. */
export interface MasterRrset {
  readonly owner: Uint8Array;
  readonly type: number;
  /** Seconds: of the first RR. */
  readonly ttl: number;
  readonly rrs: readonly MasterRecord[];
}

/** An RRset that is being gathered. */
interface Gathering extends MasterRrset {
  readonly rrs: MasterRecord[];
  /** RDATA as text of octets; made once a second RR comes. */
  seen: Set<string> | undefined;
  mixedTtl: boolean;
}

/** A master file as it was written: what `import` makes YAML of. */
export interface MasterZone {
  readonly zone: ZoneSource;
  /** By owner in the order of first writing. */
  readonly rrsets: readonly MasterRrset[];
  /** Comment lines at the end of the file. */
  readonly trailing: readonly string[];
}

/**
 * Reads a zone from a master file, with the checks that zone YAML has.
 * @param apex in wire form; what `@` and relative names mean until $ORIGIN
 * @param include reads what $INCLUDE names
 * @returns undefined after errors in `diagnostics`, which has all of them; there may be warnings in any case
 */
export function loadMasterZone(
  source: SourceFile,
  apex: Uint8Array,
  diagnostics: Diagnostics,
  include: ReadMasterInclude = readMasterInclude,
): ZoneSource | undefined {
  const streamed = new ZoneLoad(apex, new Diagnostics());
  const inOrder = streamRrsets(streamed, source, include);
  const load = inOrder ? streamed : new ZoneLoad(apex, new Diagnostics());
  if (!inOrder) gatherRrsets(load, source, include);
  return finish(load, source, diagnostics);
}

/** As {@link loadMasterZone}, with comments. */
export function readMasterZone(
  source: SourceFile,
  apex: Uint8Array,
  diagnostics: Diagnostics,
  include: ReadMasterInclude = readMasterInclude,
): MasterZone | undefined {
  const load = new ZoneLoad(apex, new Diagnostics());
  const { rrsets, trailing } = gatherRrsets(load, source, include);
  const zone = finish(load, source, diagnostics);
  return zone && { zone, rrsets, trailing };
}

function finish(load: ZoneLoad, source: SourceFile, diagnostics: Diagnostics): ZoneSource | undefined {
  if (load.recordOf(load.firstOf(load.apex), TYPE.SOA) < 0 && !load.diagnostics.hasErrors) {
    const hint = 'a master file begins with it: @ SOA ns1 hostmaster 1 2h 15m 14d 5m';
    load.diagnostics.error(source, 0, 0, `${formatName(load.apex)} has no SOA record`, hint);
  }
  const zone = finishZone(load, source);
  for (const diagnostic of load.diagnostics.list) diagnostics.list.push(diagnostic);
  return zone;
}

/**
 * Adds the RRsets of one owner when the next one comes: as objects, those of a million names take gigabytes.
 * @returns false when an owner comes again later; the load is then of no use
 */
function streamRrsets(load: ZoneLoad, source: SourceFile, include: ReadMasterInclude): boolean {
  let owner: Uint8Array | undefined;
  let rrsets: Gathering[] = [];
  let inOrder = true;
  const skipped = new SkippedTypes(load);
  readMaster(load, source, include, (rr) => {
    if (!inOrder || skipped.skips(rr)) return;
    if (owner === undefined || (rr.owner !== owner && !sameName(rr.owner, owner))) {
      for (const rrset of rrsets) addRrset(load, rrset);
      rrsets = [];
      owner = rr.owner;
      inOrder = load.firstOf(owner) < 0;
    }
    addTo(load, rrsets, rr);
  });
  for (const rrset of rrsets) addRrset(load, rrset);
  skipped.tell();
  return inOrder;
}

function gatherRrsets(
  load: ZoneLoad,
  source: SourceFile,
  include: ReadMasterInclude,
): { rrsets: MasterRrset[]; trailing: readonly string[] } {
  const owners = new Map<string, Gathering[]>();
  const skipped = new SkippedTypes(load);
  const trailing = readMaster(load, source, include, (rr) => {
    if (skipped.skips(rr)) return;
    const key = nameKey(rr.owner);
    let rrsets = owners.get(key);
    if (rrsets === undefined) {
      rrsets = [];
      owners.set(key, rrsets);
    }
    addTo(load, rrsets, rr);
  });
  const rrsets = [...owners.values()].flat();
  for (const rrset of rrsets) addRrset(load, rrset);
  skipped.tell();
  return { rrsets, trailing };
}

/** @param rrsets those of the owner */
function addTo(load: ZoneLoad, rrsets: Gathering[], rr: MasterRecord): void {
  const rrset = rrsets.find(({ type }) => type === rr.type);
  if (rrset === undefined) {
    rrsets.push({ owner: rr.owner, type: rr.type, ttl: rr.ttl, rrs: [rr], seen: undefined, mixedTtl: false });
    return;
  }
  const what = `${formatRrType(rr.type)} at ${formatName(rr.owner)}`;
  rrset.seen ??= new Set(rrset.rrs.map(({ rdata }) => rdataKey(rr.type, rdata)));
  const key = rdataKey(rr.type, rr.rdata);
  if (rrset.seen.has(key)) {
    reportWarning(load, rr, `the same ${what} is written above: it is served once`);
    return;
  }
  if (rrTypeByNumber(rr.type)?.single === true) {
    const first = rrset.rrs[0] as Placed;
    const hint = `the first is at ${first.source.path}:${first.source.position(first.start).line}`;
    reportError(load, rr, `${what} is written twice, and a name has one at the most`, hint);
    return;
  }
  // RFC 2181 §5.2: "the TTLs of all RRs in an RRSet must be the same." BIND goes on with the first as well.
  if (rr.ttl !== rrset.ttl && !rrset.mixedTtl) {
    rrset.mixedTtl = true;
    const hint = `the TTL of the first, ${rrset.ttl}, is that of the RRset (RFC 2181 §5.2)`;
    reportWarning(load, rr, `${what} has TTL ${rr.ttl} here and ${rrset.ttl} above`, hint);
  }
  rrset.seen.add(key);
  rrset.rrs.push(rr);
}

function addRrset(load: ZoneLoad, { owner, type, ttl, rrs }: MasterRrset): void {
  const node = rrs[0] as Placed;
  if (type === TYPE.SOA && !sameName(owner, load.apex)) {
    reportError(
      load,
      node,
      `SOA belongs to the apex, ${formatName(load.apex)}, but is at ${formatName(owner)}`,
    );
    return;
  }
  const rdata = rrs.map((rr) => rr.rdata);
  load.add({ record: { kind: 'static', owner, type, ttl, rdata, where: whereOf(node) }, node });
}

/** What a signer makes of a zone: it is made anew, so that of the file is left out. */
const SIGNERS_TYPES: readonly number[] = [24, 30, 46, 47, 50, 51];

/** Leaves RRs of a signer out and tells of it once a type. */
class SkippedTypes {
  readonly #load: ZoneLoad;
  readonly #counts = new Map<number, { count: number; readonly first: MasterRecord }>();

  constructor(load: ZoneLoad) {
    this.#load = load;
  }

  skips(rr: MasterRecord): boolean {
    if (!SIGNERS_TYPES.includes(rr.type)) return false;
    const seen = this.#counts.get(rr.type);
    if (seen === undefined) this.#counts.set(rr.type, { count: 1, first: rr });
    else seen.count += 1;
    return true;
  }

  tell(): void {
    for (const [type, { count, first }] of this.#counts) {
      const what = `${count} ${formatRrType(type)} ${count === 1 ? 'record is' : 'records are'}`;
      reportWarning(
        this.#load,
        first,
        `${what} left out: a signer makes them, and would have to make them anew`,
      );
    }
  }
}

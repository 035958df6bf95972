import { formatRrType, TYPE } from '../rr/rr-types.js';
import { LookupName } from '../wire/lookup-name.js';
import { formatName, isAtOrBelow } from '../wire/name.js';
import { RrType } from '../wire/protocol.js';
import { additionalNameAt } from '../wire/rdata-names.js';
import { Pseudo, reportWarning, type ZoneLoad } from './zone-load.js';

/**
 * Warns of what named-checkzone, kzonecheck and ldns-read-zone warn of and what is served all the same: name servers in the zone
 * without an address, missing glue, and NS, MX and SRV that lead to a CNAME, or to a name without an address.
 */
export function lintZone(load: ZoneLoad): void {
  const target = new LookupName();
  for (let record = 0; record < load.records.length; record++) {
    const type = load.typeAt(record);
    if (!LEADING_TYPES.includes(type)) continue;
    const found = load.records.at(record);
    if (found.kind !== 'static') continue;
    for (const rdata of found.rdata) {
      const name = rdata.subarray(additionalNameAt(type));
      if (name[0] === 0 || !isAtOrBelow(name, load.apex)) continue;
      target.set(name, 0);
      const problem = problemOf(type, found.owner, name, standingOf(load, target));
      if (problem !== undefined) reportWarning(load, load.placeOf(record), problem[0], problem[1]);
    }
  }
}

/** Types whose RDATA names a host that must have addresses. */
const LEADING_TYPES: readonly number[] = [TYPE.NS, RrType.MX, RrType.SRV];

/** What is at a name of the zone; DELEGATED: it is below a zone cut, without an address here. */
const Standing = { ADDRESS: 0, CNAME: 1, DNAME: 2, DELEGATED: 3, NOTHING: 4 } as const;
type Standing = (typeof Standing)[keyof typeof Standing];

/** @returns the message and the hint */
function problemOf(
  type: number,
  owner: Uint8Array,
  name: Uint8Array,
  standing: Standing,
): readonly [string, string?] | undefined {
  const target = formatName(name);
  const isNs = type === TYPE.NS;
  const cut = formatName(owner);
  switch (standing) {
    case Standing.ADDRESS:
      return undefined;
    case Standing.CNAME:
    case Standing.DNAME: {
      const how = standing === Standing.CNAME ? 'is a CNAME' : 'is below a DNAME';
      const rule = type === RrType.SRV ? 'RFC 2782, "Target"' : 'RFC 2181 §10.3';
      return [
        `${formatRrType(type)} leads to ${target}, which ${how}`,
        `it must have its own addresses (${rule})`,
      ];
    }
    case Standing.DELEGATED:
      // Only the servers of that very zone can't be found without glue (RFC 1034 §4.2.1, RFC 9471).
      if (!isNs || !isAtOrBelow(name, owner)) return undefined;
      return [`${cut} has no glue for its name server ${target}`, `write its addresses: ${target} A …`];
    case Standing.NOTHING:
      if (isNs) return [`name server ${target} is in this zone but has no address`];
      return [`${formatRrType(type)} leads to ${target}, which is in this zone but has no address`];
  }
}

function standingOf(load: ZoneLoad, name: LookupName): Standing {
  const own = load.owners.find(name);
  if (own >= 0 && hasAddress(load, own)) return Standing.ADDRESS;
  const apexLabels = labelsOf(load.apex);
  for (let labels = apexLabels + 1; labels <= name.labels; labels++) {
    const above = load.owners.find(name, name.labels - labels);
    if (above < 0) continue;
    if (load.recordOf(above, TYPE.NS) >= 0) return Standing.DELEGATED;
    if (labels < name.labels && load.recordOf(above, TYPE.DNAME) >= 0) return Standing.DNAME;
  }
  const apex = load.firstOf(load.apex);
  if (name.labels > apexLabels && load.recordOf(apex, TYPE.DNAME) >= 0) return Standing.DNAME;
  const answering = own >= 0 ? own : wildcardFor(load, name, apexLabels);
  if (answering < 0) return Standing.NOTHING;
  if (hasAddress(load, answering)) return Standing.ADDRESS;
  return load.recordOf(answering, TYPE.CNAME) >= 0 ? Standing.CNAME : Standing.NOTHING;
}

/** A steered CNAME is none that a resolver is surely given: an apex, or a name with members of both kinds, has addresses. */
const ADDRESS_TYPES: readonly number[] = [TYPE.A, TYPE.AAAA, Pseudo.GSLB, Pseudo.ALIAS];

function hasAddress(load: ZoneLoad, first: number): boolean {
  return ADDRESS_TYPES.some((type) => load.recordOf(first, type) >= 0);
}

/** The first record of the wildcard that answers for a name that is not there (RFC 4592 §2.2), or -1. */
function wildcardFor(load: ZoneLoad, name: LookupName, apexLabels: number): number {
  const wildcard = new LookupName();
  for (let label = 1; name.labels - label >= apexLabels; label++) {
    const start = name.starts[label] as number;
    const rest = name.octets.subarray(start, name.length);
    if (rest.length + 2 <= name.octets.length) {
      wildcard.set(Uint8Array.of(1, ASTERISK, ...rest), 0);
      const found = load.owners.find(wildcard);
      if (found >= 0) return found;
    }
    if (load.owners.find(name, label) >= 0) return -1;
  }
  return -1;
}

const ASTERISK = 0x2a;

function labelsOf(name: Uint8Array): number {
  let labels = 0;
  for (let at = 0; name[at] !== 0; at += (name[at] as number) + 1) labels += 1;
  return labels;
}

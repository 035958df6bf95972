import { LookupName } from '../wire/lookup-name.js';
import { formatName } from '../wire/name.js';
import { Draft, DraftNode } from './draft.js';
import { Layout } from './layout.js';
import { linkZones } from './link-zones.js';
import { FORWARD_TYPE, RrsetKind, type ZoneStore } from './zone-store.js';

/** Makes a {@link ZoneStore} from RRsets, zone by zone. It trusts what it is given: the readers of zone files check. */
export class ZoneBuilder {
  readonly #draft = new Draft();
  readonly #name = new LookupName();
  #zone = -1;
  #apexLabels = 0;
  /** Where the name of {@link #node} was read: the RRsets of a name come together. */
  #from: Uint8Array | undefined;
  #fromAt = 0;
  #node = 0;

  /** Begins a zone; the RRsets that follow are its. */
  addZone(apex: Uint8Array): void {
    this.#name.set(apex, 0);
    this.#from = undefined;
    this.#zone = this.#draft.apexes.length;
    this.#apexLabels = this.#name.labels;
    this.#draft.apexes.push(this.#draft.addNode(this.#zone, this.#name, 0, -1));
  }

  /** Adds an RRset; its owner is at or below the apex of the zone begun last. */
  addStatic(owner: Uint8Array, type: number, ttl: number, rdata: readonly Uint8Array[]): void {
    const node = this.#nodeAt(owner, 0);
    const { octets } = this.#draft;
    const at = octets.length;
    for (const each of rdata) {
      octets.push(each.length >>> 8);
      octets.push(each.length & 0xff);
      octets.append(each);
    }
    this.#draft.addRrset(node, type, RrsetKind.STATIC, ttl, rdata.length, at, octets.length - at);
  }

  /**
   * As {@link addStatic}, from octets that have everything.
   * @param ownerAt offset of the owner name
   * @param count RRs
   * @param from offset of their RDATA, up to `to`: two octets of length before each
   */
  addPacked(
    octets: Uint8Array,
    ownerAt: number,
    type: number,
    ttl: number,
    count: number,
    from: number,
    to: number,
  ): void {
    const node = this.#nodeAt(octets, ownerAt);
    const at = this.#draft.octets.length;
    this.#draft.octets.append(octets, from, to);
    this.#draft.addRrset(node, type, RrsetKind.STATIC, ttl, count, at, to - from);
  }

  /**
   * Adds an RRset that a service answers.
   * @param flags of SteeredFlag
   */
  addSteered(owner: Uint8Array, type: number, ttl: number, service: number, flags: number): void {
    this.#draft.addRrset(this.#nodeAt(owner, 0), type, RrsetKind.STEERED, ttl, flags, service, 0);
  }

  /**
   * Adds an RRset of A or AAAA that is answered with another name's.
   */
  addAlias(owner: Uint8Array, type: number, ttl: number, target: Uint8Array): void {
    const node = this.#nodeAt(owner, 0);
    const at = this.#draft.octets.length;
    this.#draft.octets.append(target);
    this.#draft.addRrset(node, type, RrsetKind.ALIAS, ttl, 1, at, target.length);
  }

  /**
   * Adds URLFWD.
   * @param data the caller's number for it
   */
  addForward(owner: Uint8Array, ttl: number, data: number): void {
    this.#draft.addRrset(this.#nodeAt(owner, 0), FORWARD_TYPE, RrsetKind.FORWARD, ttl, 0, data, 0);
  }

  /**
   * Ends the building.
   * @param aliasSlot where the addresses of a name outside of the served zones, in lower case, are kept, for an RRset of ALIAS
   */
  build(aliasSlot: (target: Uint8Array, rrset: number) => number): ZoneStore {
    const layout = new Layout(this.#draft);
    return linkZones(layout.write(), layout, aliasSlot);
  }

  /** Whether something was added with this owner, to the zone begun last. */
  hasRrsets(owner: Uint8Array): boolean {
    this.#name.set(owner, 0);
    this.#from = undefined;
    const node = this.#draft.find(this.#zone, this.#name, 0);
    return node >= 0 && this.#draft.nodeWord(node, DraftNode.RRSET_COUNT) > 0;
  }

  /** The node of an owner name, made where it is new. */
  #nodeAt(octets: Uint8Array, at: number): number {
    if (octets === this.#from && at === this.#fromAt) return this.#node;
    this.#name.set(octets, at);
    this.#node = this.#nodeOf(0);
    this.#from = octets;
    this.#fromAt = at;
    return this.#node;
  }

  /** The node of the name without its first labels, made with its ancestors where it is new: parents come before children. */
  #nodeOf(label: number): number {
    const known = this.#draft.find(this.#zone, this.#name, label);
    if (known >= 0) return known;
    if (this.#name.labels - label <= this.#apexLabels) {
      throw new RangeError(`${formatName(this.#name.octets)} is not in the zone that was begun last`);
    }
    const parent = this.#nodeOf(label + 1);
    return this.#draft.addNode(this.#zone, this.#name, label, parent);
  }
}

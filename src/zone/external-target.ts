import { LookupName } from '../wire/lookup-name.js';
import { u16 } from '../wire/octets.js';
import { RrType } from '../wire/protocol.js';
import { Finding, Found, findNode, findRrset, findZone } from './find.js';
import { Node, nodeWord, RrsetKind, RrsetWord, rrsetWord, type ZoneStore } from './zone-store.js';

/** As long as an answer's chain. */
const MAX_HOPS = 16;

/**
 * Follows CNAME, DNAME and ALIAS from a name to where they leave the served zones.
 * @param start wire form; what lies past the name does not matter
 * @returns the name out there, lower case; undefined when the way ends inside
 */
export function externalTarget(store: ZoneStore, start: Uint8Array): Uint8Array | undefined {
  const name = new LookupName();
  const finding = new Finding();
  name.set(start, 0);
  for (let hop = 0; hop <= MAX_HOPS; hop++) {
    const zone = findZone(store, name);
    if (zone < 0) return name.octets.slice(0, name.length);
    findNode(store, zone, name, finding);
    if (finding.found === Found.CUT) return name.octets.slice(0, name.length);
    if (finding.found === Found.NXDOMAIN || !follow(store, name, finding)) return undefined;
  }
  return undefined;
}

/** Sets the name to where the node sends it; false when it does not. */
function follow(store: ZoneStore, name: LookupName, { found, node }: Finding): boolean {
  if (found === Found.DNAME) {
    const data = rrsetWord(store, findRrset(store, node, RrType.DNAME), RrsetWord.DATA);
    const suffix = nodeWord(store, node, Node.NAME_LENGTH);
    return name.replaceSuffix(suffix, store.octets, data + 2, u16(store.octets, data));
  }
  const cname = findRrset(store, node, RrType.CNAME);
  if (cname >= 0 && rrsetWord(store, cname, RrsetWord.KIND) === RrsetKind.STATIC) {
    name.set(store.octets, rrsetWord(store, cname, RrsetWord.DATA) + 2);
    return true;
  }
  const alias = findRrset(store, node, RrType.A);
  if (alias < 0 || rrsetWord(store, alias, RrsetWord.KIND) !== RrsetKind.ALIAS) return false;
  name.set(store.octets, rrsetWord(store, alias, RrsetWord.DATA));
  return true;
}

import type { Prefix } from '../geo/prefix-table.js';
import { put16 } from '../wire/octets.js';
import { EdnsOption, Flag, HEADER_OCTETS, MAX_UDP_PAYLOAD, RrClass, RrType } from '../wire/protocol.js';

/**
 * A query of one question with EDNS, as a resolver of today sends it.
 * @param name wire form
 * @param ecs sent as CLIENT-SUBNET (RFC 7871 §6)
 */
export function buildQuery(name: Uint8Array, type: number, ecs: Prefix | undefined): Uint8Array {
  const option = ecs === undefined ? new Uint8Array(0) : clientSubnet(ecs);
  const questionEnd = HEADER_OCTETS + name.length + 4;
  const query = new Uint8Array(questionEnd + OPT_OCTETS + option.length);
  put16(query, 2, Flag.RD);
  put16(query, 4, 1);
  put16(query, 10, 1);
  query.set(name, HEADER_OCTETS);
  put16(query, questionEnd - 4, type);
  put16(query, questionEnd - 2, RrClass.IN);
  put16(query, questionEnd + 1, RrType.OPT);
  put16(query, questionEnd + 3, MAX_UDP_PAYLOAD);
  put16(query, questionEnd + 9, option.length);
  query.set(option, questionEnd + OPT_OCTETS);
  return query;
}

/** Root, TYPE, CLASS, TTL, RDLENGTH (RFC 6891 §6.1.2). */
const OPT_OCTETS = 11;

function clientSubnet({ family, octets, bits }: Prefix): Uint8Array {
  const address = octets.subarray(0, (bits + 7) >>> 3);
  const option = new Uint8Array(8 + address.length);
  put16(option, 0, EdnsOption.CLIENT_SUBNET);
  put16(option, 2, 4 + address.length);
  put16(option, 4, family === 4 ? 1 : 2);
  option[6] = bits;
  option.set(address, 8);
  return option;
}

import { parseAddress } from '../../src/config/address.js';

/** `\r\n\r\n\0\r\nQUIT\n` */
const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

/** Of a PROXY header's transport: how the proxy's client came to it. */
export const STREAM = 1;
export const DATAGRAM = 2;

/**
 * A PROXY header of version 2, written from the specification and not by the code under test.
 * @param from the client's address; undefined: LOCAL
 * @param tlvs what follows the addresses
 */
export function proxyHeader(
  from: string | undefined,
  transport: number = STREAM,
  tlvs: Buffer = Buffer.alloc(0),
): Buffer {
  if (from === undefined) return header(0x20, 0, tlvs);
  const octets = parseAddress(from);
  if (octets === undefined) throw new Error(`no address ${from}`);
  const destination = Buffer.alloc(octets.length, 1);
  const ports = Buffer.from([0xdc, 0x04, 0x00, 0x35]);
  const family = octets.length === 4 ? 1 : 2;
  return header(0x21, (family << 4) | transport, Buffer.concat([octets, destination, ports, tlvs]));
}

function header(command: number, family: number, rest: Buffer): Buffer {
  const head = Buffer.from([command, family, rest.length >>> 8, rest.length & 0xff]);
  return Buffer.concat([SIGNATURE, head, rest]);
}

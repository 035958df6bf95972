import { crc32 } from 'node:zlib';

/**
 * Octets by key, one file for all: making a file takes longer than reading a small zone.
 *
 *   an entry:  octets of the key │ octets of the value │ CRC-32 of the key │ key │ value        each from a whole word on
 */
export function* bundleParts(entries: Iterable<readonly [string, Uint8Array]>): Iterable<Uint8Array> {
  for (const [key, value] of entries) {
    const name = Buffer.from(key);
    const { length } = value;
    const head = new Uint8Array(HEAD_OCTETS + aligned(name.length));
    const view = new DataView(head.buffer);
    view.setUint32(0, name.length);
    view.setUint32(4, length);
    view.setUint32(8, crc32(name));
    head.set(name, HEAD_OCTETS);
    yield head;
    yield value;
    yield new Uint8Array(aligned(length) - length);
  }
}

/** The entries of a file, up to where it is damaged. What the values say is for others to check. */
export function readBundle(file: Uint8Array): Map<string, Uint8Array> {
  const entries = new Map<string, Uint8Array>();
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at + HEAD_OCTETS <= file.length; ) {
    const nameLength = view.getUint32(at);
    const length = view.getUint32(at + 4);
    const nameAt = at + HEAD_OCTETS;
    const valueAt = nameAt + aligned(nameLength);
    if (valueAt + length > file.length) break;
    const name = Buffer.from(file.subarray(nameAt, nameAt + nameLength));
    if (crc32(name) !== view.getUint32(at + 8)) break;
    entries.set(name.toString(), file.subarray(valueAt, valueAt + length));
    at = valueAt + aligned(length);
  }
  return entries;
}

const HEAD_OCTETS = 12;

function aligned(length: number): number {
  return Math.ceil(length / 4) * 4;
}

import { readAddressText } from '../server/address-text.js';

/**
 * Reads a Host field or the authority of a URL without its user part.
 * @returns lower case, without port and final dot; an IPv6 address in brackets, in its shortest form; undefined: malformed
 */
export function parseHost(text: string): string | undefined {
  const found = HOST.exec(text);
  if (found === null || text.length > MAX_HOST_TEXT) return undefined;
  if (Number(found[3] ?? 0) > 65535) return undefined;
  const bracketed = found[1];
  if (bracketed !== undefined) {
    // The scratch takes 16 octets; an IPv4-mapped address reads as family 4 and is not written in brackets by anyone.
    if (readAddressText(bracketed, scratch) !== 6) return undefined;
    return new URL(`http://[${bracketed}]`).hostname;
  }
  return found[2]?.toLowerCase();
}

/** 255 octets of a name, brackets or a final dot, a colon and five digits. */
const MAX_HOST_TEXT = 255 + 2 + 6;

/** [IPv6] or a name or IPv4 address, perhaps with a final dot; then perhaps a port, which RFC 3986 §3.2.3 lets be empty. */
const HOST = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)\.?)(?::(\d{0,5}))?$/;

const scratch = new Uint8Array(16);

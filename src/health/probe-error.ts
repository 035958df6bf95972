import { isIPv4, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { failed, type ProbeResult } from './probe-result.js';

/**
 * What a socket's or a resolver's error says of the member. Trouble of this machine says nothing: a machine without IPv6
 * must not take every dual-stack member down, nor may a lack of descriptors.
 * @param address what was connected to
 * @param families which kinds of address this machine has
 */
export function resultOfError(
  error: unknown,
  address: string,
  families: () => Families = familiesOfThisMachine,
): ProbeResult {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (LOCAL_TROUBLE.has(code)) return { outcome: 'unmade', text: `this machine could not probe: ${code}` };
  if (NO_WAY.has(code)) {
    if (isIPv6(address) && !families().v6) return { outcome: 'unmade', text: NO_FAMILY('IPv6', code) };
    if (isIPv4(address) && !families().v4) return { outcome: 'unmade', text: NO_FAMILY('IPv4', code) };
  }
  const meaning = MEANINGS[code];
  if (meaning !== undefined) return failed(`${meaning} (${code})`);
  if (code.startsWith('HPE_')) return failed(`the answer is not HTTP (${code})`);
  if (code.startsWith('ERR_SSL') || message?.includes('SSL'))
    return failed(`TLS failed (${code || message})`);
  return failed(code === '' ? String(message ?? error) : `${message} (${code})`);
}

/** Which kinds of address this machine has beside loopback and link-local ones. */
export interface Families {
  readonly v4: boolean;
  readonly v6: boolean;
}

/** Errors that speak of this machine. EAI_AGAIN: its resolver gives no answer for now. */
const LOCAL_TROUBLE = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EAI_AGAIN']);

/** Errors that speak of this machine where it has no address of the family, and of the way to the member otherwise. */
const NO_WAY = new Set(['ENETUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EHOSTUNREACH']);

const NO_FAMILY = (family: string, code: string): string =>
  `this machine has no ${family} address to probe from (${code})`;

const MEANINGS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection closed by the member',
  ETIMEDOUT: 'no connection',
  EHOSTUNREACH: 'no route to the member',
  ENETUNREACH: 'network unreachable',
  EADDRNOTAVAIL: 'address not available',
  EACCES: 'not permitted by this machine',
  EPERM: 'not permitted by this machine',
  ENOTFOUND: 'the host name does not exist',
};

function familiesOfThisMachine(): Families {
  let v4 = false;
  let v6 = false;
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address, family, internal } of addresses ?? []) {
      if (internal) continue;
      if (family === 'IPv4') v4 = true;
      else if (!/^fe[89ab]/i.test(address)) v6 = true;
    }
  }
  return { v4, v6 };
}

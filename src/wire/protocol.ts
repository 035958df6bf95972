/** Numbers of the protocol that the code names (IANA, DNS Parameters). */

export const Rcode = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  /** Extended: its upper eight bits go into OPT's TTL (RFC 6891 §6.1.3). */
  BADVERS: 16,
  /** Extended as well (RFC 7873 §8). */
  BADCOOKIE: 23,
} as const;
export type Rcode = (typeof Rcode)[keyof typeof Rcode];

export const RrType = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  SVCB: 64,
  HTTPS: 65,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
} as const;

export const RrClass = { IN: 1, CH: 3, ANY: 255 } as const;

/** EDNS option codes. */
export const EdnsOption = { NSID: 3, CLIENT_SUBNET: 8, COOKIE: 10, TCP_KEEPALIVE: 11, PADDING: 12 } as const;

/** Octets of a header (RFC 1035 §4.1.1). */
export const HEADER_OCTETS = 12;

/** What a requestor without EDNS takes over UDP (RFC 1035 §4.2.1). */
export const MIN_UDP_PAYLOAD = 512;

/** IPv6's minimum MTU (1280) less its header (40) and UDP's (8): no fragments (DNS Flag Day 2020). */
export const MAX_UDP_PAYLOAD = 1232;

/** Bits of the header's second 16-bit word (RFC 1035 §4.1.1). */
export const Flag = { QR: 0x8000, AA: 0x0400, TC: 0x0200, RD: 0x0100 } as const;

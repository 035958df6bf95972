import { z } from 'zod';
import { formatName, NameError, parseName } from '../wire/name.js';
import { formatAddress, formatPrefix, parseAddress, parsePrefix } from './address.js';
import { anyNumber, integer, mapOf, oneOrMore, parsed, text } from './fields.js';

/** A domain name as the formats name zones and keys: lower case, with its final dot. */
export function canonicalName(name: string): string {
  return formatName(parseName(name)).toLowerCase();
}

const domainName = (what: string) =>
  parsed(what, (value) => {
    try {
      return { value: canonicalName(value) };
    } catch (error) {
      if (!(error instanceof NameError)) throw error;
      return { problem: '', hint: error.message };
    }
  });

/** Keys of a map keep the form that was written: load-transfer.ts makes them canonical. */
const nameKey = (what: string) =>
  z.string().refine((value) => {
    try {
      canonicalName(value);
      return true;
    } catch (error) {
      if (error instanceof NameError) return false;
      throw error;
    }
  }, what);

const ALGORITHM = 'hmac-sha256, hmac-sha384 or hmac-sha512';

const DIGEST_OCTETS = { 'hmac-sha256': 32, 'hmac-sha384': 48, 'hmac-sha512': 64 } as const;
type Algorithm = keyof typeof DIGEST_OCTETS;

/** `hmac-sha256`, or with a MAC cut to so many bits, as BIND writes it: `hmac-sha256-128`. */
const algorithm = parsed<{ name: Algorithm; macOctets: number }>(ALGORITHM, (value) => {
  const [, name, bits] = /^(hmac-sha(?:256|384|512))(?:-(\d{2,3}))?\.?$/.exec(value.toLowerCase()) ?? [];
  if (name === undefined) {
    return /^hmac-(md5|sha1)/i.test(value)
      ? { problem: '', hint: 'older algorithms are not safe' }
      : { problem: '' };
  }
  const octets = DIGEST_OCTETS[name as Algorithm];
  if (bits === undefined) return { value: { name: name as Algorithm, macOctets: octets } };
  const macOctets = Number(bits) / 8;
  // RFC 8945 §5.2.2.1: not less than half of the digest.
  if (!Number.isInteger(macOctets) || macOctets < octets / 2 || macOctets > octets) {
    return { problem: `cut to ${octets * 4} to ${octets * 8} bits, a multiple of 8` };
  }
  return { value: { name: name as Algorithm, macOctets } };
});

/** Base64 text → octets; undefined when it is none. */
export function parseSecret(value: string): Uint8Array | undefined {
  const compact = value.replace(/\s/g, '');
  const octets = Buffer.from(compact, 'base64');
  return octets.length > 0 && octets.toString('base64') === compact ? octets : undefined;
}

const secret = parsed<Uint8Array>('a secret in base64', (value) => {
  const octets = parseSecret(value);
  return octets === undefined
    ? { problem: '', hint: 'such as `openssl rand -base64 32` prints' }
    : { value: octets };
});

const KEY_NAME = 'the name of a key in keys:';

export const keysSchema = z
  .record(
    nameKey('a domain name, which both ends know the key by'),
    mapOf({
      algorithm: algorithm.describe(
        `${ALGORITHM}; \`-128\` behind it sends 128 bits of the MAC, and takes no fewer.`,
      ),
      secret: secret.optional().describe('The secret in base64.'),
      secret_file: text('the path of a file', 4096)
        .optional()
        .describe('A file with the secret in base64, instead.'),
    }),
    { error: 'a map of keys' },
  )
  .describe('Keys that transfers and NOTIFY are signed with (TSIG, RFC 8945).');

const address = parsed('an address such as 192.0.2.1', (value) => {
  const octets = parseAddress(value);
  return octets === undefined ? { problem: '' } : { value: formatAddress(octets) };
});

const prefix = parsed('a prefix such as 192.0.2.0/24', (value) => {
  const reading = parsePrefix(value);
  if (reading.ok) return { value: formatPrefix(reading.prefix) };
  const { problem, meant } = reading;
  return meant === undefined ? { problem } : { problem, hint: `did you mean ${JSON.stringify(meant)}?` };
});

const PEER = 'a server such as {address: 192.0.2.1, key: transfer.example.com}';
const peer = mapOf(
  {
    address: address.describe('Its address.'),
    port: integer(1, 65535).optional().describe('53 unless given.'),
    key: domainName(KEY_NAME)
      .optional()
      .describe('Messages to it are signed with this key, and those from it must be.'),
  },
  PEER,
);

const ALLOWED = 'who may transfer, such as {prefix: 192.0.2.0/24, key: transfer.example.com}';
const allowed = mapOf(
  {
    prefix: prefix.optional().describe('Whoever asks from here; from anywhere unless given.'),
    key: domainName(KEY_NAME).optional().describe('Whoever signs with this key; without one unless given.'),
  },
  ALLOWED,
).refine((entry) => entry.prefix !== undefined || entry.key !== undefined, ALLOWED);

const transferFields = {
  allow: anyNumber(ALLOWED, allowed).optional().describe('Who may transfer; nobody unless given.'),
  notify: anyNumber(PEER, peer).optional().describe('Whom NOTIFY tells of each new serial.'),
};

export const transferSchema = mapOf({
  ...transferFields,
  zones: z
    .record(nameKey("a zone's name"), mapOf(transferFields), { error: 'a map of zones' })
    .optional()
    .describe('What holds for a zone instead, key by key.'),
}).describe('Transfers of zones from here to secondaries.');

export const secondariesSchema = z
  .record(
    nameKey("a zone's name"),
    mapOf({
      from: oneOrMore(PEER, peer).describe("The zone's primaries, asked in turn."),
      overlay: text('the path of a zone file', 4096)
        .optional()
        .describe("A zone file whose records take the place of the zone's own."),
    }),
    { error: 'a map of zones' },
  )
  .describe('Zones that are transferred from other servers.');

import type { Client } from '../geo/client.js';

/**
 * Leading bits of a client's address that are hashed. RFC 7871 §11.1 has resolvers send at most these many, so a client
 * hashes alike whether its address came by ECS or by transport, and neighbours in one network go to one member.
 */
const HASH_BITS_IPV4 = 24;
const HASH_BITS_IPV6 = 56;

/** Of a word: what {@link HASH_BITS_IPV4} take of an IPv4 address, and {@link HASH_BITS_IPV6} of the second word. */
const LEADING_24 = 0xffffff00;

/**
 * Where ::/56 and 64:ff9b::/56 are hashed by more: they hold ::ffff:0:0/96 and 64:ff9b::/96, whose clients are hashed by
 * their IPv4 addresses, and a SCOPE of 56 would overlap theirs.
 */
const HASH_BITS_AROUND_EMBEDDED = 96;

/**
 * The client's hash, 32 bits, signed: constant on each prefix of {@link hashedBits} bits.
 *
 * An ECS prefix that is shorter is hashed with zeros behind it. Its answer is then the one that the first hashed prefix in
 * it gets, and is scoped to that: SCOPE over SOURCE, which RFC 7871 §7.2.1 allows and resolvers cache for SOURCE. So
 * answers stay a function of hashed prefixes, and two that differ never overlap.
 */
export function hashClient(client: Client): number {
  if (client.tableFamily === 4) return mix(client.word0 & LEADING_24);
  if (isAroundEmbedded(client)) return mix(mix(mix(client.word0) ^ client.word1) ^ client.word2);
  return mix(mix(client.word0) ^ (client.word1 & LEADING_24));
}

/** Length of the prefix that {@link hashClient} is constant on, in bits of the address as given. */
export function hashedBits(client: Client): number {
  if (client.tableFamily === 4) return client.givenBits(HASH_BITS_IPV4);
  return client.givenBits(isAroundEmbedded(client) ? HASH_BITS_AROUND_EMBEDDED : HASH_BITS_IPV6);
}

function isAroundEmbedded(client: Client): boolean {
  return (client.word1 & LEADING_24) === 0 && (client.word0 === 0 || client.word0 === 0x0064ff9b);
}

/** Spreads 32 bits over 32 bits, one to one (MurmurHash3's finalizer); signed. */
export function mix(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}

/** 32 bits of a text, signed (FNV-1a over UTF-16 code units, mixed): the same in every process. */
export function hashText(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix(hash);
}

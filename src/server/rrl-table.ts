import { randomFillSync } from 'node:crypto';

/**
 * How much each client asked of late, in memory that every answering thread reads and writes.
 *
 *   words 0 to 4095       secret: random words, 256 for each octet of an address; their XOR is a prefix's tag
 *   then three times 2^14 buckets of 16 words, a cache line each:
 *     0                   tick of the last decay
 *     1, 3 … 13           tag of a prefix
 *     2, 4 … 14           its load
 *     15                  unused
 *
 * Most of the work is to get buckets from memory, so prefixes inside one another share one where few of them matter:
 *
 *     part   IPv4               IPv6
 *     0      /18 and its /20s   /32
 *     1      /24                /48 and all in it: it has no more than four times the limit of an address
 *     2      /32
 *
 * In a full bucket the least loaded prefix makes room.
 *
 * Threads take no lock. What two of them do to a bucket at the same moment may be lost or done twice: a load is then off by
 * a response or by a tick's decay, which is nothing beside the hundreds that make a limit.
 */
export type RrlTable = Int32Array;

export const BUCKET_WORDS = 16;

/** Octets of the longest address, with 256 random words each. */
const SECRET_WORDS = 16 * 256;
const PARTS = 3;
/**
 * Room for 114,688 prefixes a part, 3 MB in all, of which only what is used takes memory. A load is gone after a few times
 * burst ÷ rate, 10 s or so: that is over 10,000 addresses a second that were not seen before.
 */
const BUCKET_BITS = 14;

/** A table without loads. */
export function makeRrlTable(): RrlTable {
  const words = SECRET_WORDS + PARTS * BUCKET_WORDS * 2 ** BUCKET_BITS;
  const table = new Int32Array(new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT));
  // It takes no shared memory to fill.
  table.set(randomFillSync(new Int32Array(SECRET_WORDS)));
  return table;
}

/** Where the bucket of a tag begins. */
export function bucketOf(part: number, tag: number): number {
  return SECRET_WORDS + ((part << BUCKET_BITS) + (tag >>> (32 - BUCKET_BITS))) * BUCKET_WORDS;
}

import { Rcode } from '../wire/protocol.js';
import { traceStep } from './trace-steps.js';
import { Next, type Work } from './work.js';
import { writeNegativeSoa } from './write-rrset.js';

/** RFC 2181 §8: a TTL has 31 bits. */
const MAX_TTL = 0x7fffffff;

/**
 * RFC 2308 §2: NXDOMAIN or NODATA, with the SOA of the zone that says so.
 * @param ttlBound seconds that the answer holds at the most
 */
export function negative(work: Work, rcode: Rcode, ttlBound = MAX_TTL): Next {
  const zone = work.flattening ? work.flattenZone : work.zone;
  work.rcode = rcode;
  // RFC 7871 §7.4: negative answers are not tailored.
  work.scopeBits = 0;
  traceStep(work, rcode === Rcode.NXDOMAIN ? 'nxdomain' : 'nodata', zone);
  // Where other names' addresses are answered, a change on the way there may bring some.
  writeNegativeSoa(work, zone, work.flattening ? Math.min(ttlBound, work.flattenTtl) : ttlBound);
  return Next.DONE;
}

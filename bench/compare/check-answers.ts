import type { DecodedPacket } from 'dns-packet';
import { ask } from './ask.js';
import { type Case, makeRandom } from './cases.js';
import { type ManyNames, nameOf, PLACES, STATIC_ADDRESS, ZONE } from './plan.js';
import { encodeQuery, type QuerySpec } from './query-file.js';

const CHECKED = 24;
const LIMIT_MS = 1000;
const SEED = 7;
const RCODES: Readonly<Record<number, string>> = { 0: 'NOERROR', 3: 'NXDOMAIN' };

/** Whether a peer answers from every zone that it is to serve. */
export async function isServing(port: number, many: ManyNames | undefined): Promise<boolean> {
  const last = many === undefined ? [] : [nameOf(many.names - 1, many)];
  const wanted = [`www.${ZONE}`, ...last];
  for (const name of wanted) {
    const query = encodeQuery({ name, rcode: 0, addresses: [STATIC_ADDRESS] });
    const response = await ask(port, query, 100).catch(() => undefined);
    if (response === undefined || addressesOf(response)[0] !== STATIC_ADDRESS) return false;
  }
  return true;
}

/**
 * Asks a peer some of a case's queries, so that what is compared is the same work: the right member for each place.
 * @throws Error with the first answer that is wrong
 */
export async function checkAnswers(port: number, one: Case, many: ManyNames): Promise<void> {
  const sources = one.sources ?? ['127.0.0.1'];
  let asked = 0;
  for (const query of one.queries(makeRandom(SEED), many)) {
    const source = sources[asked % sources.length] as string;
    const response = await ask(port, encodeQuery(query), LIMIT_MS, source);
    const problem = response === undefined ? 'no response' : problemOf(query, response, source);
    if (problem !== undefined) throw new Error(`${query.name} asked from ${source} has ${problem}`);
    asked += 1;
    if (asked === CHECKED) return;
  }
}

function problemOf(query: QuerySpec, response: DecodedPacket, source: string): string | undefined {
  const { rcode } = response as DecodedPacket & { readonly rcode: string };
  if (rcode !== RCODES[query.rcode]) return `${rcode} instead of ${RCODES[query.rcode]}`;
  const found = addressesOf(response);
  const right = membersFor(query, source);
  if (right.length === 0) return found.length === 0 ? undefined : `${found} instead of nothing`;
  if (found.length !== 1 || !right.includes(found[0] as string)) return `${found} instead of one of ${right}`;
  return undefined;
}

/** Of the addresses that the query may be answered with, those that this source's place has; all when it has none of them. */
function membersFor({ addresses, subnet }: QuerySpec, source: string): readonly string[] {
  const place = subnet === undefined ? PLACES.find((one) => one.source === source) : undefined;
  const own =
    place?.members.map(({ address }) => address).filter((address) => addresses.includes(address)) ?? [];
  return own.length > 0 ? own : addresses;
}

function addressesOf({ answers = [] }: DecodedPacket): string[] {
  return answers.flatMap((answer) => (answer.type === 'A' ? [answer.data] : []));
}

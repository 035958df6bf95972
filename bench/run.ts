/** Compares steerdns with other DNS servers on this machine: `npm run bench`, or `scripts/bench --help`. */

import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type BenchArguments, chosen, parseArguments, USAGE } from './compare/arguments.js';
import { CASES } from './compare/cases.js';
import { can, compareServers } from './compare/compare.js';
import { compilePrograms } from './compare/load.js';
import { formatTables } from './compare/report.js';
import { addSbinToPath, makeTemporaryFolder, missingTools } from './compare/tools.js';
import { floorOf } from './peers/floor.js';
import { gdnsd } from './peers/gdnsd.js';
import { knot } from './peers/knot.js';
import { nsd } from './peers/nsd.js';
import type { Peer } from './peers/peer.js';
import { powerdns } from './peers/powerdns.js';
import { steerdnsPeers } from './peers/steerdns.js';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));

addSbinToPath();

async function run(args: BenchArguments): Promise<number> {
  if (availableParallelism() < 2)
    throw new Error('the bench needs two CPUs: one for a server, one for the load');
  const folder = makeTemporaryFolder();
  const programs = compilePrograms(CHECKOUT, folder);
  const all = [floorOf(programs.floor), gdnsd, knot, powerdns, nsd, ...steerdnsPeers()];
  const wanted = chosen('server', all, args.peers);
  const missing = missingTools(wanted);
  for (const { name, needs } of missing) {
    console.error(
      `${name} is left out: ${needs?.command} is missing; type: apt-get install ${needs?.packages}`,
    );
  }
  const peers = wanted.filter((peer) => !missing.includes(peer));
  const cases = chosen('case', CASES, args.cases);
  const { samples, problems } = await compareServers({ args, peers, cases, folder, load: programs.load });
  console.log(formatTables(samples, (name) => describeCase(name, peers)));
  for (const problem of problems) console.error(problem);
  if (args.json !== undefined) writeFileSync(args.json, `${JSON.stringify(samples, null, 1)}\n`);
  return problems.length > 0 || samples.some(({ bad }) => bad > 0) ? 1 : 0;
}

/** What a case is, and who can't take part in it. */
function describeCase(name: string, peers: readonly Peer[]): string {
  const found = CASES.find((one) => one.name === name);
  if (found === undefined) return '';
  const without = peers.filter((peer) => !can(peer, found, 1)).map((peer) => peer.name);
  return without.length === 0 ? found.about : `${found.about}; not in ${without.join(', ')}`;
}

try {
  const args = parseArguments(process.argv.slice(2));
  if (args === 'help') console.log(USAGE);
  else process.exitCode = await run(args);
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

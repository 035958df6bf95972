import { Diagnostics, SourceFile } from '../../src/config/diagnostics.js';
import { loadService } from '../../src/config/load-services.js';
import type { ExplainWorld } from '../../src/explain/explain.js';
import { compilePlaces } from '../../src/geo/compile-places.js';
import type { NetworkSpec } from '../../src/geo/network-spec.js';
import { rdataFromText } from '../../src/rr/rdata.js';
import { parseRrType } from '../../src/rr/rr-types.js';
import { buildCatalog } from '../../src/snapshot/build-catalog.js';
import { AliasTable } from '../../src/state/alias-table.js';
import { MemberStates } from '../../src/state/member-states.js';
import type { ServiceSpec } from '../../src/steer/spec.js';
import { parseName } from '../../src/wire/name.js';
import type { RecordSource } from '../../src/zonefile/zone-source.js';

const APEX = parseName('example.com.');
const WHERE = { file: 'zones/example.com.yaml', line: 1, column: 1 };

/** `owner ttl TYPE rdata`; type GSLB with a service's name, ALIAS with a target. Names are relative to example.com. */
function readRecord(text: string): RecordSource {
  const [, ownerText = '', ttl, type = '', rdata = ''] = /^(\S+) (\d+) (\S+) (.*)$/.exec(text) ?? [];
  const base = { owner: parseName(ownerText, APEX), ttl: Number(ttl), where: WHERE };
  if (type === 'GSLB') return { ...base, kind: 'gslb', service: rdata, ttlGiven: true };
  if (type === 'ALIAS') return { ...base, kind: 'alias', target: parseName(rdata, APEX) };
  const number = parseRrType(type) ?? 0;
  return { ...base, kind: 'static', type: number, rdata: [rdataFromText(number, rdata, APEX)] };
}

/** A world of the zone example.com. with these records, and services by YAML text. */
export function makeWorld(
  records: readonly string[],
  services: Readonly<Record<string, string>>,
  networks: readonly NetworkSpec[] = [],
): ExplainWorld {
  const diagnostics = new Diagnostics();
  const specs = new Map<string, ServiceSpec>();
  for (const [name, yaml] of Object.entries(services)) {
    const spec = loadService(name, new SourceFile(`services/${name}.yaml`, yaml), diagnostics);
    if (spec === undefined) throw new Error(JSON.stringify(diagnostics.list));
    specs.set(name, spec);
  }
  const soa = '@ 3600 SOA ns1 hostmaster 1 7200 900 1209600 300';
  const zone = {
    apex: APEX,
    records: [soa, '@ 3600 NS ns1', ...records].map(readRecord),
    file: WHERE.file,
    serialAuto: false,
  };
  const states = new MemberStates(64);
  const places = compilePlaces([], networks);
  const built = buildCatalog({
    zones: [zone],
    services: specs,
    places,
    states,
    aliases: new AliasTable(),
  });
  return {
    catalog: built.catalog,
    services: built.services,
    places,
    circumstances: { states, turns: new Int32Array(built.catalog.turnWords), random: () => 0 },
    identity: { version: new Uint8Array(0), id: new Uint8Array(0) },
    now: () => 1_800_000_000,
    states: 'live',
  };
}

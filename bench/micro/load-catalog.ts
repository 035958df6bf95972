import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Diagnostics, formatDiagnostics } from '../../src/config/diagnostics.js';
import { loadConfig } from '../../src/config/load-config.js';
import { type Snapshot, SnapshotLoader } from '../../src/snapshot/snapshot-loader.js';
import { AliasTable } from '../../src/state/alias-table.js';
import { MemberStates } from '../../src/state/member-states.js';
import { steerdnsFiles } from '../peers/steerdns.js';

/** Names that the comparison has no use for. */
const OTHER_ZONE = `
'': {type: NS, value: ns1.example.com.}
'*.wild': {type: A, value: 192.0.2.1}
alias: {type: CNAME, value: target.example.org.}
target: {type: A, value: 192.0.2.1}
sub: {type: NS, values: [ns1.sub.example.org., ns2.sub.example.org.]}
ns1.sub: {type: A, value: 192.0.2.53}
ns2.sub: {type: A, value: 192.0.2.54}
`;

/** Loads the zones of the comparison and a few names more by the program's own loader. */
export async function loadCatalog(names: number): Promise<{ snapshot: Snapshot; states: MemberStates }> {
  const folder = mkdtempSync(join(tmpdir(), 'steerdns-bench-'));
  try {
    const files = {
      ...steerdnsFiles({ folder, port: 0, workers: 1, many: { names, zones: 1 } }),
      'zones/example.org.yaml': OTHER_ZONE,
    };
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const diagnostics = new Diagnostics();
    const states = new MemberStates();
    const config = loadConfig(join(folder, 'steerdns.yaml'), diagnostics);
    const loader = new SnapshotLoader({ states, aliases: new AliasTable() });
    const snapshot = config && (await loader.load(config, diagnostics));
    if (snapshot === undefined) throw new Error(formatDiagnostics(diagnostics.list, { color: false }));
    return { snapshot, states };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// Shows line coverage by folder of src/, from c8's summary; exits 1 when a hot folder has less than it must.
import { readFileSync } from 'node:fs';
import { relative, sep } from 'node:path';

/** The folders of ARCHITECTURE.md's hot path. */
const HOT = ['wire', 'zone', 'geo', 'steer', 'state', 'answer'];
const LEAST_PERCENT = 90;

const folders = sumByFolder(JSON.parse(readFileSync('coverage/coverage-summary.json', 'utf8')));
for (const [folder, { covered, total }] of [...folders].sort()) {
  console.log(
    `${folder.padEnd(12)} ${percent(covered, total).padStart(6)} %${HOT.includes(folder) ? '  hot' : ''}`,
  );
}
const poor = HOT.filter((folder) => {
  const { covered, total } = folders.get(folder) ?? { covered: 0, total: 1 };
  return covered / total < LEAST_PERCENT / 100;
});
if (poor.length > 0) {
  console.log(`below ${LEAST_PERCENT} % of lines: ${poor.map((folder) => `src/${folder}`).join(', ')}`);
  process.exitCode = 1;
}

function sumByFolder(summary) {
  const sums = new Map();
  for (const [file, { lines }] of Object.entries(summary)) {
    const parts = relative('src', file).split(sep);
    if (file === 'total' || parts[0] === '..' || isOnlyTypes(file)) continue;
    const folder = parts.length > 1 ? parts[0] : '.';
    const sum = sums.get(folder) ?? { covered: 0, total: 0 };
    sums.set(folder, { covered: sum.covered + lines.covered, total: sum.total + lines.total });
  }
  return sums;
}

/** A file of types compiles to nothing, is never loaded, and would count as uncovered. */
function isOnlyTypes(file) {
  const compiled = `build/${relative('.', file).replace(/\.ts$/, '.js')}`;
  return /^export \{\};$/m.test(readFileSync(compiled, 'utf8'));
}

function percent(covered, total) {
  return ((100 * covered) / total).toFixed(1);
}

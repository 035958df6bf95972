import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect } from 'chai';
import { CHECKOUT } from '../support/steerdns.js';

const SOURCES = join(CHECKOUT, 'src');

/** Hot folders, and what each may import beside itself: wire ← state ← zone, geo ← steer ← answer. */
const HOT: Readonly<Record<string, readonly string[]>> = {
  wire: [],
  state: ['wire'],
  zone: ['state', 'wire'],
  geo: ['state', 'wire'],
  steer: ['geo', 'zone', 'state', 'wire'],
  answer: ['steer', 'geo', 'zone', 'state', 'wire'],
};

/** Cold folders beside each other: what one tells another goes through the program that connects them. */
const SIBLINGS = [
  'health',
  'cluster',
  'admin',
  'redirect',
  'transfer',
  'load',
  'alias',
  'metrics',
  'querylog',
];

/** The only places that know all the parts. */
const CONNECTORS = ['cli/serve', 'cli/instance', 'snapshot/'];

/** What the folders that answer queries may use of Node.js while they build their tables: nothing that waits or reads. */
const HOT_BUILTINS: readonly string[] = ['node:buffer'];

interface Import {
  /** Below src/, without `.ts`: `steer/decide`. */
  readonly from: string;
  /** Below src/ as well; a package's or builtin's name as it is. */
  readonly to: string;
  readonly isLocal: boolean;
  /** `import type`: gone once compiled. */
  readonly isType: boolean;
}

/** `import … from 'x'`, `export … from 'x'`, `import 'x'`; and `import('x')`, in types as well. */
const IMPORT = /^\s*(?:import|export)\b[^'";]*?'([^']+)';|\bimport\('([^']+)'\)/gm;

const imports = readImports();

describe('imports', () => {
  it('finds the imports that there are', () => {
    expect(imports.length).to.be.greaterThan(20);
    expect(imports.some(({ from, to }) => from === 'steer/service' && to === 'geo/place-table')).to.equal(
      true,
    );
  });

  it('go one way between hot folders, and never to cold ones', () => {
    const wrong = imports.filter(({ from, to, isLocal }) => {
      const allowed = HOT[folderOf(from)];
      if (allowed === undefined || !isLocal) return false;
      return folderOf(from) !== folderOf(to) && !allowed.includes(folderOf(to));
    });
    expect(wrong.map(format)).to.deep.equal([]);
  });

  it('of hot folders have no part of Node.js that waits or reads', () => {
    const wrong = imports.filter(
      ({ from, to, isLocal }) =>
        folderOf(from) in HOT && !isLocal && to.startsWith('node:') && !HOT_BUILTINS.includes(to),
    );
    expect(wrong.map(format)).to.deep.equal([]);
  });

  it('of transports have no cold folder', () => {
    const allowed = ['server', ...Object.keys(HOT)];
    const wrong = imports.filter(
      ({ from, to, isLocal }) => isLocal && folderOf(from) === 'server' && !allowed.includes(folderOf(to)),
    );
    expect(wrong.map(format)).to.deep.equal([]);
  });

  it('do not connect cold folders beside each other', () => {
    const wrong = imports.filter(
      ({ from, to, isLocal }) =>
        isLocal &&
        folderOf(from) !== folderOf(to) &&
        SIBLINGS.includes(folderOf(from)) &&
        SIBLINGS.includes(folderOf(to)),
    );
    expect(wrong.map(format)).to.deep.equal([]);
  });

  it('of several cold siblings in one file are where the program is put together', () => {
    const known = new Map<string, Set<string>>();
    for (const { from, to, isLocal } of imports) {
      if (!isLocal || !SIBLINGS.includes(folderOf(to)) || folderOf(from) === folderOf(to)) continue;
      known.set(from, (known.get(from) ?? new Set()).add(folderOf(to)));
    }
    const wrong = [...known]
      .filter(([from, folders]) => folders.size > 1 && !CONNECTORS.some((place) => from.startsWith(place)))
      .map(([from, folders]) => `${from} imports ${[...folders].join(', ')}`);
    expect(wrong).to.deep.equal([]);
  });

  it('never go from a part to the command line', () => {
    const wrong = imports.filter(
      ({ from, to, isLocal }) =>
        isLocal && folderOf(to) === 'cli' && folderOf(from) !== 'cli' && from !== 'main',
    );
    expect(wrong.map(format)).to.deep.equal([]);
  });

  it('make no circle but of types', () => {
    const next = new Map<string, string[]>();
    for (const { from, to, isLocal, isType } of imports) {
      if (isLocal && !isType) next.set(from, [...(next.get(from) ?? []), to]);
    }
    expect(findCircle(next)).to.equal(undefined);
  });
});

function readImports(): Import[] {
  return readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const text = readFileSync(join(SOURCES, file), 'utf8');
      const from = file.replace(/\.ts$/, '');
      return [...text.matchAll(IMPORT)].map((match) =>
        toImport(from, (match[1] ?? match[2]) as string, /^\s*(im|ex)port type\b/.test(match[0])),
      );
    });
}

function toImport(from: string, specifier: string, isType: boolean): Import {
  if (!specifier.startsWith('.')) return { from, to: specifier, isLocal: false, isType };
  const path = resolve(SOURCES, dirname(from), specifier);
  return { from, to: relative(SOURCES, path).replace(/\.js$/, ''), isLocal: true, isType };
}

function folderOf(path: string): string {
  return path.split('/')[0] as string;
}

function format({ from, to }: Import): string {
  return `${from} imports ${to}`;
}

/** A path of imports that comes back to where it began. */
function findCircle(next: ReadonlyMap<string, readonly string[]>): string | undefined {
  const done = new Set<string>();
  const walk = (at: string, path: readonly string[]): string | undefined => {
    if (path.includes(at)) return [...path.slice(path.indexOf(at)), at].join(' → ');
    if (done.has(at)) return undefined;
    for (const to of next.get(at) ?? []) {
      const circle = walk(to, [...path, at]);
      if (circle !== undefined) return circle;
    }
    done.add(at);
    return undefined;
  };
  for (const at of next.keys()) {
    const circle = walk(at, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Diagnostic, Diagnostics, SourceFile } from '../../src/config/diagnostics.js';
import { formatName, lowerName, parseName } from '../../src/wire/name.js';
import { loadMasterZone } from '../../src/zonefile/master.js';
import type { ZoneSource } from '../../src/zonefile/zone-source.js';

export const CORPUS = 'test/zonefile/corpus';

export interface LoadedMaster {
  readonly zone: ZoneSource | undefined;
  /** `z.zone:1:2: error: message (hint)`. */
  readonly problems: readonly string[];
}

/** Loads text as the file z.zone; `files` are what $INCLUDE finds. */
export function loadMaster(
  text: string,
  files: Readonly<Record<string, string>> = {},
  apex = 'example.com.',
): LoadedMaster {
  const diagnostics = new Diagnostics();
  const zone = loadMasterZone(new SourceFile('z.zone', text), parseName(apex), diagnostics, (path) => {
    const found = files[path];
    return found === undefined ? 'does not exist' : new SourceFile(path, found);
  });
  return { zone, problems: diagnostics.list.map(formatProblem) };
}

export function formatProblem({ file, line, column, severity, message, hint }: Diagnostic): string {
  return `${file}:${line}:${column}: ${severity}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
}

/** Each RR as `owner ttl type hexadecimal RDATA`, sorted; owners in lower case. */
export function wireLines(zone: ZoneSource): string[] {
  return [...zone.records]
    .flatMap((record) =>
      record.kind === 'static'
        ? record.rdata.map((rdata) => wireLine(record.owner, record.ttl, record.type, rdata))
        : [`${formatName(record.owner)} ${record.ttl} ${record.kind}`],
    )
    .sort();
}

/** The RRs that BIND reads from a master file, as {@link wireLines}: of its `raw` format, which has them in wire form. */
export function bindLines(origin: string, file: string, cwd: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'steerdns-'));
  try {
    const out = join(folder, 'raw');
    const checks = ['-i', '-k', '-m', '-M', '-n', '-S', '-r'].flatMap((key) => [
      key,
      key === '-i' ? 'none' : 'ignore',
    ]);
    execFileSync('named-compilezone', [...checks, '-F', 'raw=0', '-o', out, origin, file], {
      cwd,
      stdio: 'pipe',
    });
    return readRaw(readFileSync(out));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** lib/dns/master.c of BIND: a header of three words, then RRsets. */
function readRaw(octets: Buffer): string[] {
  const lines: string[] = [];
  for (let at = 12; at < octets.length; ) {
    const type = octets.readUInt16BE(at + 6);
    const ttl = octets.readUInt32BE(at + 10);
    let left = octets.readUInt32BE(at + 14);
    const ownerLength = octets.readUInt16BE(at + 18);
    const owner = octets.subarray(at + 20, at + 20 + ownerLength);
    at += 20 + ownerLength;
    for (; left > 0; left--) {
      const length = octets.readUInt16BE(at);
      lines.push(wireLine(owner, ttl, type, octets.subarray(at + 2, at + 2 + length)));
      at += 2 + length;
    }
  }
  return lines.sort();
}

function wireLine(owner: Uint8Array, ttl: number, type: number, rdata: Uint8Array): string {
  return `${formatName(lowerName(owner))} ${ttl} ${type} ${Buffer.from(rdata).toString('hex')}`;
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { exportZone } from '../../src/cli/export.js';
import { importZone } from '../../src/cli/import.js';
import { CORPUS } from '../zonefile/master-support.js';
import { Folder, run } from './support.js';

const YAML = `# yaml-language-server: $schema=zone.json
# The zone of Example Ltd.
# Ask first.

www: # the web
  # before the type
  - type: A # of the type
    values: # of the values
      - 192.0.2.1 # Frankfurt
      # the other
      - 192.0.2.2

      # spare

      - 192.0.2.3 # Paris
  # mail policy
  - type: TXT
    value: "a # b" # text
flow: {type: A, values: [192.0.2.1, 192.0.2.2]} # both
one: {type: A, value: 192.0.2.1} # one

# ---- apex ----

'':
  - type: NS # our own
    values: [ns1.example.net.]
  - type: SOA
    value: # by hand
      mname: ns1.example.net.
      rname: h
      serial: 7 # count up
      minimum: 60 # negative answers
dynamic:
  # steered
  type: A
  dynamic:
    pools:
      a: {values: [{value: 192.0.2.9}]} # in a pool
    rules: [{pool: a}]
  value: 192.0.2.9 # last resort
# the end

# really
`;

const MASTER = `; The zone of Example Ltd.
; Ask first.

$ORIGIN example.com.
@ 3600 IN SOA ( ; by hand
 ns1.example.net.
 h.example.com.
 7 ; count up
 7200
 900
 1209600
 60 ; negative answers
 )
; ---- apex ----

; our own
@ 3600 IN NS ns1.example.net.
; the web
; before the type
; of the type
; of the values
www 3600 IN A 192.0.2.1 ; Frankfurt
; the other
www 3600 IN A 192.0.2.2
; spare

www 3600 IN A 192.0.2.3 ; Paris
; mail policy
www 3600 IN TXT "a # b" ; text
; both
flow 3600 IN A 192.0.2.1
flow 3600 IN A 192.0.2.2
one 3600 IN A 192.0.2.1 ; one
; steered
; dynamic.example.com. A is steered by its pools and rules: here as an unknown client is answered
dynamic 3600 IN A 192.0.2.9

; the end

; really
`;

describe('cli/export: comments', () => {
  let folder: Folder;
  beforeEach(async () => {
    folder = new Folder();
    await folder.write({ 'steerdns.yaml': 'zones: zones\n' });
  });
  afterEach(() => folder.remove());

  const exported = async (zone: string): Promise<string> => {
    const { code, out, err } = await run(exportZone, zone, '--config', folder.file('steerdns.yaml'));
    expect(err).to.equal('');
    expect(code).to.equal(0);
    return out;
  };

  /** Exports again what `import` makes of an export. */
  const exportedAgain = async (zone: string, master: string): Promise<string> => {
    const again = new Folder();
    try {
      await again.write({ 'steerdns.yaml': 'zones: zones\n', 'a.zone': master });
      const imported = await run(importZone, again.file('a.zone'), '--origin', zone);
      await again.write({ [`zones/${zone}.yaml`]: imported.out });
      const { out, err } = await run(exportZone, zone, '--config', again.file('steerdns.yaml'));
      expect(err, imported.out).to.equal('');
      return out;
    } finally {
      again.remove();
    }
  };

  it('of YAML stand where a master file has a place for them', async () => {
    await folder.write({ 'zones/example.com.yaml': YAML });
    const out = await exported('example.com');
    expect(out.replace(/(?<=\S) +| +(?=\s)/g, ' ').replace(/^ +/gm, ' ')).to.equal(MASTER);
    expect(await exportedAgain('example.com', out)).to.equal(out);
  });

  it('of split zones and included files are among them, each once', async () => {
    await folder.write({
      'zones/example.com./a.yaml': "# a\n'':\n  {type: NS, value: ns1.example.net.} # ns\n# end of a\n",
      'zones/example.com./b.yaml':
        '# b\nwww: !include ../shared/www.yaml\nx: {type: A, value: 192.0.2.9} # x\n',
      'zones/shared/www.yaml': '# of www\ntype: A\nvalue: 192.0.2.1 # shared\n',
    });
    const out = await exported('example.com');
    const comments = out.match(/(?<=; ).*/g);
    expect(comments).to.deep.equal(['a', 'ns', 'of www', 'shared', 'b', 'x', 'end of a']);
  });

  it('stay those of a name that comes late, or twice in a master file', async () => {
    await folder.write({
      'zones/a.example.zone': `$TTL 60
@ SOA . . 1 2 3 4 5
www A 192.0.2.1 ; first
ftp A 192.0.2.2 ; other
WWW A 192.0.2.3 ; second
@ NS ns.example.net. ; late
`,
    });
    const out = await exported('a.example');
    expect(out.match(/\S+ ; .*/g)).to.deep.equal([
      'ns.example.net. ; late',
      '192.0.2.1 ; first',
      '192.0.2.3 ; second',
      '192.0.2.2 ; other',
    ]);
    expect(await exportedAgain('a.example', out)).to.equal(out);
  });

  for (const file of readdirSync(CORPUS).filter((name) => name.endsWith('.zone'))) {
    it(`of ${file}: export → import → export is stable`, async () => {
      const apex = file.slice(0, -'.zone'.length);
      const text = readFileSync(join(CORPUS, file), 'utf8');
      const parts = Object.fromEntries(
        readdirSync(join(CORPUS, 'include')).map((name) => [
          `zones/include/${name}`,
          readFileSync(join(CORPUS, 'include', name), 'utf8'),
        ]),
      );
      await folder.write({ ...parts, [`zones/${file}`]: text });
      const out = await exported(apex);
      expect(await exportedAgain(apex, out)).to.equal(out);
      // The same by way of YAML.
      const imported = await run(importZone, folder.file(`zones/${file}`), '--origin', apex);
      const again = new Folder();
      await again.write({ 'steerdns.yaml': 'zones: zones\n', [`zones/${apex}.yaml`]: imported.out });
      const fromYaml = await run(exportZone, apex, '--config', again.file('steerdns.yaml'));
      again.remove();
      expect(comments(fromYaml.out)).to.deep.equal(comments(out));
    });
  }

  const text = fc.oneof(
    fc.stringMatching(/^[!-~]{1,20}$/),
    fc.constantFrom(
      '',
      '# ;',
      '; #',
      'a: b',
      '- c',
      '"',
      "'",
      '(',
      ')',
      '\\',
      '$TTL 5',
      'é 好',
      '\u2028x',
      '\u00a0',
    ),
  );
  // Without the steered name, for which every service would be loaded each time.
  const LINES = YAML.split('\n').slice(0, YAML.split('\n').indexOf('dynamic:'));
  const places = fc.array(
    fc.record({ line: fc.nat(LINES.length - 1), text, kind: fc.constantFrom('line', 'beside', 'blank') }),
    { minLength: 1, maxLength: 8 },
  );

  it('anywhere in YAML: export → import → export is stable, and none is lost', async function () {
    this.timeout(60_000);
    await fc.assert(
      fc.asyncProperty(places, async (added) => {
        const lines = LINES.map((line) => line.replace(/(?<=^|\s)# .*(?<!b" # text)$/, '').trimEnd());
        const marks: string[] = [];
        for (const [i, { line, text, kind }] of added.entries()) {
          const mark = `mark${i}`;
          const old = lines[line] as string;
          if (kind !== 'blank') marks.push(mark);
          if (kind === 'line') lines[line] = `  # ${text} ${mark}\n${old}`;
          else if (kind === 'beside' && old !== '') lines[line] = `${old} # ${text} ${mark}`;
          else if (kind === 'beside') lines[line] = `# ${text} ${mark}`;
          else lines[line] = `\n${old}`;
        }
        await folder.write({ 'zones/example.com.yaml': `${lines.join('\n')}\n` });
        const out = await exported('example.com');
        for (const mark of marks) expect(out, lines.join('\n')).to.match(new RegExp(`;.*\\b${mark}\\b`));
        expect(await exportedAgain('example.com', out), lines.join('\n')).to.equal(out);
      }),
      { numRuns: 60 },
    );
  });
});

function comments(master: string): readonly string[] {
  return (master.match(/(?<=; ).*/g) ?? []).toSorted();
}

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { blocksOf, readDocument, stepsOf, toPattern } from '../support/document.js';
import { until } from '../support/until.js';
import { PAGE } from './delegation-configs.js';
import { openSite, PARENTS, type Site } from './delegation-site.js';

const PAGE_FILE = 'docs/delegation.md';
const EUROPE = /^192\.0\.2\.1[01]$/;

for (const { program, language } of PARENTS) {
  describe(`${PAGE_FILE} with ${program} as parent, in a network namespace with real addresses and port 53`, () => {
    let site: Site;

    before(async function () {
      site = await openSite(this, program);
    });
    after(async () => {
      await site?.close();
    });

    describe('the page, from its first command to the last', () => {
      const typed = (heading: string, ...languages: readonly string[]): void => {
        const text = readDocument(PAGE_FILE, heading);
        for (const { command, shows } of ['sh', ...languages].flatMap((name) => stepsOf(text, name))) {
          it(command, async () => {
            // kzonecheck and its like are typed where the parent's files are.
            const folder = /^steerdns/.test(command) ? site.steerdnsFolder : site.parentFolder;
            const wanted = shows.map(toPattern);
            await until(
              () => site.type(command, folder),
              ({ code, output }) => code === 0 && wanted.every((pattern) => pattern.test(output)),
            );
          });
        }
      };
      typed('## Serve it first');
      typed('### The parent zone', language);
      typed('### Check the delegation');
      typed('## The whole zone');
      typed('## Traps');

      it('shows something for nearly every command', () => {
        const steps = ['sh', language].flatMap((name) => stepsOf(PAGE, name));
        expect(steps.length).to.be.greaterThan(20);
        expect(steps.filter(({ shows }) => shows.length === 0).length).to.be.lessThan(5);
      });
    });

    describe('what the page says of traps', () => {
      const reload = async (more: string, serial: number): Promise<void> => {
        await site.writeParent(more);
        const file = join(site.parentFolder, 'db.example.com');
        await writeFile(file, (await readFile(file, 'utf8')).replace('2026010101', `${serial}`));
        const step = stepsOf(PAGE, language).at(-1)?.command ?? '';
        expect((await site.type(step, site.parentFolder)).code).to.equal(0);
      };

      it('a DS record makes validating resolvers fail, and +cd shows that it is the reason', async () => {
        await reload(`gslb IN DS 12345 13 2 ${'ab'.repeat(32)}\n`, 2026010102);
        await until(
          () => site.type('dig @192.0.2.53 +norecurse +short gslb.example.com DS'),
          ({ output }) => output.startsWith('12345'),
        );
        await site.startResolver('');
        expect((await site.type('dig www.gslb.example.com')).output).to.match(/status: SERVFAIL/);
        expect((await site.type('dig +cd +short www.gslb.example.com')).output.trim()).to.match(EUROPE);
        await reload('', 2026010103);
      });

      for (const check of ['named-checkzone example.com', 'kzonecheck --origin example.com']) {
        it(`${check} finds missing glue`, async () => {
          const text = (blocksOf(PAGE, 'zone')[0] ?? '').replace(/^ns1\.gslb.*\n/gm, '');
          await writeFile(join(site.parentFolder, 'noglue'), text);
          const { output } = await site.type(`${check} noglue`, site.parentFolder);
          expect(output).to.match(/has no REQUIRED GLUE|missing glue/);
        });
      }

      it('named-checkzone refuses a CNAME beside other data', async () => {
        await writeFile(join(site.parentFolder, 'beside'), `${blocksOf(PAGE, 'zone')[0]}www IN TXT text\n`);
        const { code, output } = await site.type('named-checkzone example.com beside', site.parentFolder);
        expect(output).to.include('CNAME and other data');
        expect(code).to.equal(1);
      });

      it('parent and child name the same servers, with the same addresses', async () => {
        const parentSays = await site.type(
          'dig @192.0.2.53 +norecurse +noall +authority +additional www.gslb.example.com',
        );
        const childSays = await site.type(
          'dig @192.0.2.54 +norecurse +noall +answer +additional gslb.example.com NS',
        );
        expect(recordsOf(parentSays.output)).to.have.length(6);
        expect(recordsOf(childSays.output)).to.deep.equal(recordsOf(parentSays.output));
      });
    });
  });
}

/** Lines of dig as `NAME TYPE DATA`, sorted. */
function recordsOf(output: string): string[] {
  const lines = output.split('\n').filter((line) => line !== '' && !line.startsWith(';'));
  return lines.map((line) => line.split(/\s+/).toSpliced(1, 2).join(' ')).sort();
}

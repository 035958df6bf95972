import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { blocksOf, toPattern } from '../support/document.js';
import { until } from '../support/until.js';
import { CLIENTS, PAGE, RESOLVER } from './delegation-configs.js';
import { openSite, PARENTS, type Site } from './delegation-site.js';

/** What unbound logs when a response is not as it must be, and it tries otherwise. A busy machine is late: that is no fault. */
const ODD = /capsforid(?!: timeouts)|query response was (?!ANSWER|REFERRAL|CNAME|NXDOMAIN|nodata|timeout)/i;
const EUROPE = /^192\.0\.2\.1[01]$/;

/** The page's settings of unbound, by what they are for. */
const [STRICT = '', EXPIRED = '', SUBNET = ''] = blocksOf(PAGE, 'text').filter((text) =>
  text.startsWith('# unbound.conf\n'),
);

/** The strict settings one by one, which is how a wrong one is found. */
const SINGLE: readonly (readonly [string, string])[] = STRICT.split('\n')
  .filter((line) => line.startsWith('    '))
  .map((line) => [line.trim().replace(/ *#.*/, ''), `server:\n${line}\n`]);
const TOGETHER: readonly (readonly [string, string])[] = [
  ['no settings of its own', 'server:\n    qname-minimisation: no\n'],
  ['all of these', STRICT],
  ['all of these, and old answers', `${STRICT}${EXPIRED}`],
  // What unbound keeps by network it does not prefetch, and says so.
  ['all of these, and client subnet', `${STRICT.replace(/^ *prefetch.*\n/m, '')}${SUBNET}`],
];
/** Whose settings are tried with which parent: single ones do not depend on it. */
const SETTINGS = { named: [...SINGLE, ...TOGETHER], knotd: TOGETHER };

/** What a resolver is asked, and what dig must show of its response. */
const QUESTIONS: readonly (readonly [string, string, readonly string[]])[] = [
  ['a static record', 'ns1.gslb.example.com', ['status: NOERROR', 'ns1.gslb.example.com. … A 192.0.2.54']],
  ['a steered name', 'www.gslb.example.com', ['status: NOERROR', 'www.gslb.example.com. … A 192.0.2.1…']],
  ['a steered wildcard', 'a.preview.gslb.example.com', ['a.preview.gslb.example.com. … A 192.0.2.1…']],
  [
    'a steered wildcard, two labels deep',
    'a.b.preview.gslb.example.com',
    ['a.b.preview.gslb.example.com. … A 192.0.2.1…'],
  ],
  [
    'a name below an empty non-terminal',
    'api.eu.gslb.example.com',
    ['api.eu.gslb.example.com. … A 192.0.2.1…'],
  ],
  [
    'NODATA at an empty non-terminal',
    'eu.gslb.example.com',
    ['status: NOERROR', 'ANSWER: 0', 'gslb.example.com. … SOA …'],
  ],
  [
    'NODATA of a steered name',
    'www.gslb.example.com TXT',
    ['status: NOERROR', 'ANSWER: 0', 'gslb.example.com. … SOA …'],
  ],
  ['NXDOMAIN', 'no.gslb.example.com', ['status: NXDOMAIN', 'gslb.example.com. … SOA …']],
  [
    'NXDOMAIN below a name that is there',
    'x.y.www.gslb.example.com',
    ['status: NXDOMAIN', 'gslb.example.com. … SOA …'],
  ],
  ['mixed case', 'wWw.GsLb.eXaMpLe.CoM', ['wWw.GsLb.eXaMpLe.CoM. … A 192.0.2.1…']],
  ['an answer that takes TCP', 'long.gslb.example.com TXT', ['status: NOERROR', 'ANSWER: 12']],
  [
    'a CNAME of the parent zone',
    'www.example.com',
    ['www.example.com. … CNAME www.gslb.example.com.', 'www.gslb.example.com. … A 192.0.2.1…'],
  ],
  [
    'a CNAME of the parent zone to a wildcard',
    'pr-1.example.com',
    ['pr-1.preview.gslb.example.com. … A 192.0.2.1…'],
  ],
  [
    'a name of the signed parent',
    'mail.example.com',
    ['flags: qr rd ra ad;', 'mail.example.com. … A 192.0.2.25'],
  ],
  ['NXDOMAIN of the signed parent', 'zz.example.com', ['status: NXDOMAIN', 'flags: qr rd ra ad;']],
  ['an apex that is steered', 'example.net', ['example.net. … A 192.0.2.1…']],
  [
    'a CNAME in a whole zone',
    'www.example.net',
    ['www.example.net. … CNAME example.net.', 'example.net. … A 192.0.2.1…'],
  ],
];

for (const { program } of PARENTS) {
  describe(`unbound in front of a zone delegated by ${program}, in a network namespace`, () => {
    let site: Site;

    before(async function () {
      site = await openSite(this, program);
    });
    after(async () => {
      await site?.close();
    });

    for (const [settings, text] of SETTINGS[program]) {
      describe(`unbound with ${settings}`, () => {
        before(() => site.startResolver(text));

        for (const [what, question, shows] of QUESTIONS) {
          it(`resolves ${what}: ${question}`, async () => {
            const { output } = await site.type(`dig +tries=1 +time=10 ${question}`);
            for (const show of shows) expect(output).to.match(toPattern(`…${show}…`));
          });
        }

        it('gives each member in turn', async () => {
          // flush_zone leaves the cache of client subnets as it is.
          const flush = text.includes('subnetcache') ? ['reload'] : ['flush_zone', 'gslb.example.com'];
          const seen = new Set<string>();
          await until(
            async () => {
              await site.control(...flush);
              const { output } = await site.type('dig +short www.gslb.example.com');
              for (const line of output.trim().split('\n')) expect(line).to.match(EUROPE);
              return seen.add(output.trim());
            },
            ({ size }) => size === 2,
          );
        });

        it('had no need to ask in another way than it is told', () => {
          expect(site.resolverLog).to.include('query response was ANSWER');
          const odd = site.resolverLog.split('\n').filter((line) => ODD.test(line));
          expect(odd).to.deep.equal([]);
        });
      });
    }

    describe('what the page says of unbound', () => {
      it('long answers come over TCP', async () => {
        await site.startResolver(STRICT);
        await site.type('dig long.gslb.example.com TXT');
        expect(await statistic(site, 'num.query.tcpout')).to.be.greaterThan(0);
      });

      it('aggressive NSEC denies names of the signed parent, and none of the delegated zone', async () => {
        await site.startResolver(STRICT);
        for (const name of [
          'zza.example.com',
          'zzb.example.com',
          'no1.gslb.example.com',
          'no2.gslb.example.com',
        ]) {
          expect((await site.type(`dig ${name}`)).output).to.match(/status: NXDOMAIN/);
        }
        expect(await statistic(site, 'num.query.aggressive.NXDOMAIN')).to.equal(1);
        expect((await site.type('dig +short www.gslb.example.com')).output.trim()).to.match(EUROPE);
      });

      it('clients of two networks have different answers at the same time with ECS, and the same without', async () => {
        const ask = async (): Promise<string[]> => {
          const answers: string[] = [];
          for (const address of [CLIENTS.europe, CLIENTS.america]) {
            const { output } = await site.type(`dig -b ${address} @${RESOLVER} +short www.example.com A`);
            answers.push(output.trim().split('\n').at(-1) ?? '');
          }
          return answers;
        };
        await site.startResolver(SUBNET);
        const [near = '', far] = await ask();
        expect(near).to.match(EUROPE);
        expect(far).to.equal('198.51.100.10');
        await site.startResolver('');
        const [one, other] = await ask();
        expect(one).to.equal(other);
      });

      const oldAnswers = [
        [
          'without serve-expired-client-timeout an old answer is given once more',
          EXPIRED.replace(/^.*client-timeout.*\n/m, ''),
          true,
        ],
        ['with it the new one is asked for first', EXPIRED, false],
      ] as const;
      for (const [name, settings, isOld] of oldAnswers) {
        it(name, async () => {
          await site.startResolver(settings);
          const before = await brief(site);
          const after = before.data === '192.0.2.1' ? '192.0.2.2' : '192.0.2.1';
          await changeBrief(site, after);
          const seen: { data: string; ttl: number }[] = [];
          await until(
            async () => seen[seen.push(await brief(site)) - 1],
            (answer) => answer?.data === after,
          );
          // 30 seconds is what an old answer has, and 2 the record.
          expect(seen.some(({ data, ttl }) => data === before.data && ttl > 2)).to.equal(isOld);
        });
      }

      it('an old answer is given when no server of the zone is left', async () => {
        await site.startResolver(EXPIRED);
        const before = await brief(site);
        await site.stopSteerdns();
        const old = await until(
          () => brief(site),
          ({ ttl }) => ttl > 2,
        );
        await site.restartSteerdns();
        expect(old.data).to.equal(before.data);
      });
    });
  });
}

async function statistic(site: Site, name: string): Promise<number> {
  const text = await site.control('stats_noreset');
  return Number(new RegExp(`^${name}=(\\d+)$`, 'm').exec(text)?.[1]);
}

/** What the resolver says of `brief.gslb.example.com`, whose TTL is 2. */
async function brief(site: Site): Promise<{ data: string; ttl: number }> {
  const { output } = await site.type('dig +noall +answer +tries=1 +time=10 brief.gslb.example.com');
  const [, ttl, , , data = ''] = output.trim().split(/\s+/);
  return { data, ttl: Number(ttl) };
}

/** Gives `brief.gslb.example.com` another address at both machines. */
async function changeBrief(site: Site, address: string): Promise<void> {
  for (const instance of site.instances) {
    const file = join(instance.folder, 'zones/gslb.example.com.yaml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/^(brief: .*value: )[0-9.]+/m, `$1${address}`));
    const since = instance.log.length;
    instance.signal('SIGHUP');
    await instance.waitForLog(/reloaded/, since);
  }
}

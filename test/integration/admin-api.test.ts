import { mkdir, readdir, readFile, rmdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { findRoute } from '../../src/admin/routes.js';
import { problemSchema } from '../../src/admin/schemas.js';
import { answerData, dig } from '../support/dig.js';
import {
  makeFolder,
  removeFolder,
  runSteerdns,
  type Steerdns,
  startSteerdns,
  writeFiles,
} from '../support/steerdns.js';
import { needTool } from '../support/tools.js';
import { until } from '../support/until.js';

const VIEW = 'view-token-of-some-length';
const OPERATE = 'operate-token-of-some-length';
const EDIT = 'edit-token-of-some-length';

const ZONE = `# The zone of the tests.
'':
  - {type: NS, values: [ns1.example.com.]}
ns1: {type: A, value: 192.0.2.53}

# Two addresses.
www:
  type: A
  ttl: 300   # five minutes
  values:
    - 192.0.2.1  # one
    - 192.0.2.2  # two

web: {type: GSLB, service: web, ttl: 5}
`;

const FILES = {
  'steerdns.yaml': `listen: {dns: ['127.0.0.1:0'], http: [], admin: '127.0.0.1:0'}
admin:
  tokens:
    - {name: monitoring, role: view, token_file: view.token}
    - {name: ops, role: operate, token_file: operate.token}
    - {name: ci, role: edit, token_file: edit.token}
zones: zones
services: services
secondaries: {secondary.example: {from: {address: 127.0.0.1, port: 1}}}
`,
  'view.token': `${VIEW}\n`,
  'operate.token': `${OPERATE}\n`,
  'edit.token': `${EDIT}\n`,
  'zones/example.com.yaml': ZONE,
  'zones/master.example.zone': '@ 300 SOA ns1 h 1 2 3 4 5\n@ 300 NS ns1\nns1 300 A 192.0.2.53\n',
  'zones/split.example/$split.example.yaml': "'': {type: NS, value: ns1.example.com.}\n",
  'zones/split.example/www.yaml': 'www: {type: A, value: 192.0.2.1}\n',
  'services/web.yaml': `members:
  a: {addresses: [192.0.2.11], weight: 1}
  b: {addresses: [192.0.2.12], weight: 1}
pools: {main: {members: [a, b], scheduler: wrr}}
`,
};

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Record<string, unknown>;
}

describe('the API of a running instance', () => {
  let folder: string;
  let steerdns: Steerdns;

  before(async function () {
    needTool(this, 'dig');
    folder = await makeFolder(FILES);
    steerdns = await startSteerdns(folder);
  });
  after(async () => {
    await steerdns?.stop();
    if (folder !== undefined) await removeFolder(folder);
  });

  async function ask(
    method: string,
    path: string,
    options: { body?: unknown; token?: string | null; ifMatch?: string; type?: string } = {},
  ): Promise<Answer> {
    const { body, token = EDIT, ifMatch, type = 'application/json' } = options;
    const { port } = steerdns.admin;
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
        ...(body === undefined ? {} : { 'content-type': type }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const json = JSON.parse(await response.text()) as Record<string, unknown>;
    checkAnswer(method, path, response.status, json);
    return { status: response.status, headers: response.headers, json };
  }

  const WWW = '/v1/zones/example.com/records/www/A';
  const etag = async (zone = 'example.com'): Promise<string> =>
    (await ask('GET', `/v1/zones/${zone}`)).headers.get('etag') ?? '';
  const zoneText = (): Promise<string> => readFile(join(folder, 'zones/example.com.yaml'), 'utf8');
  const edited = async (method: string, path: string, body?: unknown): Promise<Answer> =>
    ask(method, path, { body, ifMatch: await etag() });
  const audit = async (): Promise<Record<string, unknown>[]> =>
    (await readFile(join(folder, 'var/audit.log'), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  afterEach(async () => {
    await writeFiles(folder, { 'zones/example.com.yaml': ZONE });
  });

  describe('roles', () => {
    const rows: readonly [string, string, Record<string, number>][] = [
      ['GET', '/v1/status', { view: 200, operate: 200, edit: 200 }],
      ['DELETE', '/v1/overrides/web/a', { view: 403, operate: 200, edit: 200 }],
      ['DELETE', WWW, { view: 403, operate: 403, edit: 428 }],
    ];
    for (const [method, path, statuses] of rows) {
      for (const [role, status] of Object.entries(statuses)) {
        it(`${role} gets ${status} of ${method} ${path}`, async () => {
          const token = { view: VIEW, operate: OPERATE, edit: EDIT }[role] ?? '';
          expect((await ask(method, path, { token })).status).to.equal(status);
        });
      }
    }

    it('asks for a token before it tells anything', async () => {
      for (const path of ['/v1/status', '/nothing', '/openapi.json']) {
        const { status, headers, json } = await ask('GET', path, { token: null });
        expect([status, json.code, headers.get('www-authenticate')]).to.deep.equal([
          401,
          'no_token',
          'Bearer realm="steerdns"',
        ]);
      }
    });

    it('lets commands in by a file, a variable, or not at all', async () => {
      const args = ['status', '--config', steerdns.clientConfig];
      const byFile = await runSteerdns([...args, '--token-file', join(folder, 'view.token')], folder);
      expect([byFile.code, byFile.stderr]).to.deep.equal([0, '']);
      const without = await runSteerdns(args, folder);
      expect([without.code, without.stderr]).to.deep.equal([
        1,
        'a token is needed: Authorization: Bearer TOKEN\n',
      ]);
      const missing = await runSteerdns([...args, '--token-file', 'none'], folder);
      expect([missing.code, missing.stderr.split('\n')[0]]).to.deep.equal([
        2,
        'steerdns status: --token-file none does not exist',
      ]);
    });
  });

  describe('overrides', () => {
    const tokens = ['--token-file', 'operate.token'];
    const share = async (): Promise<Set<string>> => {
      const seen = new Set<string>();
      for (let i = 0; i < 8; i++)
        for (const data of answerData(await dig(steerdns.dns, 'web.example.com'))) seen.add(data);
      return seen;
    };

    it('weigh members: 0 sends nobody there, and own is the weight of the file again', async () => {
      expect((await share()).size).to.equal(2);
      const said = await steerdns.command('weight', 'web/a', '0', '--reason', 'warming up', ...tokens);
      expect([said.code, said.stdout]).to.deep.equal([0, 'web/a has weight 0\n']);
      expect([...(await share())]).to.deep.equal(['192.0.2.12']);
      const { json } = await ask('GET', '/v1/services/web');
      expect(json).to.have.nested.property('pools[0].members[0].weight', 0);
      expect((await ask('GET', '/v1/members/web/a')).json).to.have.property('weight', 0);
      expect((await ask('POST', '/v1/reload', { body: {} })).status).to.equal(200);
      expect([...(await share())], 'over a reload').to.deep.equal(['192.0.2.12']);
      expect((await steerdns.command('weight', 'web/a', 'own', ...tokens)).stdout).to.equal(
        'web/a has its own weight\n',
      );
      expect((await share()).size).to.equal(2);
    });

    it('force members, for a time, with a reason, and tell of it in status and history', async () => {
      const said = await steerdns.command(
        'force',
        'web/b',
        'down',
        '--for',
        '1h',
        '--reason',
        'fire',
        ...tokens,
      );
      expect(said.stdout).to.match(/^web\/b is down by force until \d{4}-\d\d-\d\dT/);
      expect([...(await share())]).to.deep.equal(['192.0.2.11']);
      expect((await steerdns.command('status', ...tokens)).stdout).to.match(/^web\/b +down .*fire$/m);
      await steerdns.command('undrain', 'web/b', ...tokens);
      const { json } = await ask('GET', '/v1/history?member=web/b&limit=2');
      expect(
        (json.transitions as Record<string, string>[]).map(
          ({ what, from, to, reason }) => `${what} ${from} ${to} ${reason}`,
        ),
      ).to.deep.equal(['override down none ', 'override none down fire']);
    });

    it('end by themselves', async () => {
      const until_ = new Date(Date.now() + 1500).toISOString();
      const { status } = await ask('PUT', '/v1/overrides/web/a', {
        body: { override: 'drain', until: until_ },
      });
      expect(status).to.equal(200);
      expect((await ask('GET', '/v1/members/web/a')).json.standing).to.equal('draining');
      await until(
        async () => (await ask('GET', '/v1/members/web/a')).json.standing,
        (standing) => standing === 'up',
      );
    });

    const wrong: readonly [string, unknown, string][] = [
      [
        'both',
        { override: 'drain', weight: 1 },
        'either override or weight, not both: each is said for itself',
      ],
      ['a weight out of range', { weight: 65536 }, 'weight must be 0 to 65535 but is 65536'],
      [
        'a time that is over',
        { override: 'drain', until: '2020-01-01T00:00:00Z' },
        'until must be a time to come, within a year',
      ],
      [
        'a time that is none',
        { override: 'drain', until: 'tomorrow' },
        'until must be a time such as 2027-01-31T18:00:00Z but is "tomorrow"',
      ],
      [
        'two ends',
        { override: 'drain', for: '1h', until: '2027-01-01T00:00:00Z' },
        'either for or until, not both',
      ],
      ['a misspelt key', { overide: 'drain' }, 'unknown key "overide"; did you mean "override"?'],
    ];
    for (const [name, body, detail] of wrong) {
      it(`refuse ${name}`, async () => {
        const { status, json } = await ask('PUT', '/v1/overrides/web/a', { body });
        expect([status, json.detail]).to.deep.equal([400, detail]);
      });
    }
  });

  describe('zones', () => {
    it('are listed with where they come from', async () => {
      const { json } = await ask('GET', '/v1/zones');
      expect(
        (json.zones as { name: string; source: string }[]).map(({ name, source }) => `${name} ${source}`),
      ).to.have.members(['example.com. yaml', 'master.example. master', 'split.example. yaml']);
    });

    it('tell what they serve, in pages', async () => {
      const all: string[] = [];
      let after = '';
      do {
        const { json } = await ask('GET', `/v1/zones/example.com/records?limit=2${after}`);
        for (const { name, type, kind } of json.records as Record<string, string>[])
          all.push(`${name} ${type} ${kind}`);
        after = json.next === undefined ? '' : `&after=${encodeURIComponent(String(json.next))}`;
      } while (after !== '');
      expect(all).to.have.members([
        'example.com. NS static',
        'example.com. SOA static',
        'ns1.example.com. A static',
        'www.example.com. A static',
        'web.example.com. A steered',
        'web.example.com. AAAA steered',
      ]);
      const { json } = await ask('GET', '/v1/zones/example.com./records?name=www&type=a');
      expect(json.records).to.deep.equal([
        { name: 'www.example.com.', type: 'A', ttl: 300, kind: 'static', values: ['192.0.2.1', '192.0.2.2'] },
      ]);
    });

    it('tell nothing after what is no name there', async () => {
      const behind = async (text: string): Promise<Answer> =>
        ask('GET', `/v1/zones/example.com/records?after=${encodeURIComponent(text)}`);
      expect((await behind('none.example.com. A')).json).to.deep.equal({ records: [] });
      for (const text of ['example.net. A', '..']) expect((await behind(text)).status).to.equal(400);
    });

    it('tell a record as its file has it', async () => {
      const { json } = await ask('GET', WWW);
      expect(json).to.deep.include({
        record: { ttl: 300, values: ['192.0.2.1', '192.0.2.2'] },
        file: 'zones/example.com.yaml',
        line: 8,
      });
    });
  });

  describe('edits', () => {
    it('change only the octets of what is new, and are served when the answer is there', async () => {
      const { status, json, headers } = await edited('PATCH', WWW, { values: ['192.0.2.1', '192.0.2.3'] });
      expect(status, JSON.stringify(json)).to.equal(200);
      expect(await zoneText()).to.equal(ZONE.replace('192.0.2.2  #', '192.0.2.3  #'));
      expect(answerData(await dig(steerdns.dns, 'www.example.com'))).to.have.members([
        '192.0.2.1',
        '192.0.2.3',
      ]);
      expect(headers.get('etag')).to.equal(await etag());
      expect(json.diff).to.equal(`--- zones/example.com.yaml
+++ zones/example.com.yaml
@@ -9,6 +9,6 @@
   ttl: 300   # five minutes
   values:
     - 192.0.2.1  # one
-    - 192.0.2.2  # two
+    - 192.0.2.3  # two
 
 web: {type: GSLB, service: web, ttl: 5}
`);
    });

    it('add, replace and remove', async () => {
      const added = await edited('POST', '/v1/zones/example.com/records', {
        name: 'new',
        type: 'TXT',
        value: 'v=spf1\\; -all',
      });
      expect([added.status, added.json.before]).to.deep.equal([201, undefined]);
      expect(answerData(await dig(steerdns.dns, 'new.example.com TXT')).join()).to.match(
        /^"v=spf1.?; -all"$/,
      );
      const path = '/v1/zones/example.com/records/new/TXT';
      expect((await edited('PUT', path, { ttl: 5, value: 'text' })).status).to.equal(200);
      expect((await edited('DELETE', path)).status).to.equal(200);
      expect(await zoneText()).to.equal(ZONE);
      expect((await dig(steerdns.dns, 'new.example.com TXT')).status).to.equal('NXDOMAIN');
    });

    it('edit the apex, steered names, and names that need escapes in a path', async () => {
      const base = '/v1/zones/example.com/records';
      expect((await edited('PUT', `${base}/@/MX`, { value: '10 mail.example.com.' })).status).to.equal(201);
      expect((await edited('PATCH', `${base}/web/GSLB`, { ttl: 7 })).status).to.equal(200);
      expect((await edited('PUT', `${base}/0%2F25/PTR`, { value: 'a.example.com.' })).status).to.equal(201);
      expect((await edited('PUT', `${base}/*.wild.example.com./A`, { value: '192.0.2.9' })).status).to.equal(
        201,
      );
      const text = await zoneText();
      expect(text).to.include('web: {type: GSLB, service: web, ttl: 7}\n');
      expect(text).to.include("'0/25':").and.to.include("'*.wild':");
      expect(answerData(await dig(steerdns.dns, 'x.wild.example.com'))).to.deep.equal(['192.0.2.9']);
    });

    it('edit the file of a split zone that has the name', async () => {
      const path = '/v1/zones/split.example/records';
      const edit = async (to: string, body: object) =>
        ask('PUT', `${path}/${to}/A`, { body, ifMatch: await etag('split.example') });
      expect((await edit('www', { value: '192.0.2.2' })).json.file).to.equal('zones/split.example/www.yaml');
      expect((await edit('new', { value: '192.0.2.3' })).json.file).to.equal(
        'zones/split.example/$split.example.yaml',
      );
    });

    it('keep the mode of the file, replace what a link leads to, and leave nothing else behind', async () => {
      const path = join(folder, 'zones/linked.example.yaml');
      await mkdir(join(folder, 'elsewhere'), { recursive: true });
      const target = join(folder, 'elsewhere/zone.yaml');
      await writeFile(target, "'': {type: NS, value: ns1.example.com.}\n", { mode: 0o640 });
      await symlink(target, path);
      expect((await ask('POST', '/v1/reload', { body: {} })).status).to.equal(200);
      const zone = '/v1/zones/linked.example';
      const { status } = await ask('PUT', `${zone}/records/www/A`, {
        body: { value: '192.0.2.4' },
        ifMatch: await etag('linked.example'),
      });
      expect(status).to.equal(201);
      expect((await stat(target)).mode & 0o777).to.equal(0o640);
      expect(await readFile(target, 'utf8')).to.include('www:');
      expect(await readdir(join(folder, 'elsewhere'))).to.deep.equal(['zone.yaml']);
      expect((await readdir(join(folder, 'zones'))).filter((name) => name.endsWith('.tmp'))).to.deep.equal(
        [],
      );
    });

    it('change nothing in a dry run, and say what would be', async () => {
      const { status, json } = await edited('PATCH', `${WWW}?dry_run=true`, { ttl: null });
      expect([status, json.dryRun]).to.deep.equal([200, true]);
      expect(json.diff).to.include('\n-  ttl: 300   # five minutes\n');
      expect(json).to.not.have.property('reload');
      expect(await zoneText()).to.equal(ZONE);
    });

    it('do nothing where nothing is new', async () => {
      const { json } = await edited('PATCH', WWW, { ttl: 300 });
      expect(json).to.include({ diff: '' }).and.to.not.have.property('reload');
    });

    it('RFC 9110 §13.1.1: take the ETag that was read alone', async () => {
      const old = await etag();
      expect((await ask('PATCH', WWW, { body: { ttl: 1 } })).json.code).to.equal('no_if_match');
      await edited('PATCH', WWW, { ttl: 60 });
      for (const ifMatch of [old, `W/${await etag()}`, '"x"', 'x']) {
        const { status, json, headers } = await ask('PATCH', WWW, { body: { ttl: 1 }, ifMatch });
        expect([status, json.code, headers.get('etag')]).to.deep.equal([412, 'stale', await etag()]);
      }
      expect(
        (await ask('PATCH', WWW, { body: { ttl: 1 }, ifMatch: `"x", ${await etag()}` })).status,
      ).to.equal(200);
      expect((await ask('PATCH', WWW, { body: { ttl: 2 }, ifMatch: '*' })).status).to.equal(200);
    });

    it('of two editors at once take one', async () => {
      const ifMatch = await etag();
      const answers = await Promise.all(
        [1, 2, 3, 4].map((ttl) => ask('PATCH', WWW, { body: { ttl }, ifMatch })),
      );
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 412, 412, 412]);
      const won = answers.findIndex(({ status }) => status === 200) + 1;
      expect(await zoneText()).to.equal(ZONE.replace('ttl: 300', `ttl: ${won}`));
    });

    it('see what somebody edits by hand', async () => {
      const ifMatch = await etag();
      await writeFiles(folder, { 'zones/example.com.yaml': `${ZONE}# by hand\n` });
      expect((await ask('PATCH', WWW, { body: { ttl: 1 }, ifMatch })).status).to.equal(412);
    });

    it('that would break a zone tell why, with the place, and write nothing', async () => {
      const { status, json } = await edited('PUT', '/v1/zones/example.com/records/www/CNAME', {
        value: 'x.example.',
      });
      expect([status, json.code]).to.deep.equal([422, 'would_break']);
      const [error] = json.errors as Record<string, unknown>[];
      expect(error).to.include({ file: 'zones/example.com.yaml', severity: 'error' });
      expect(error?.line).to.be.a('number');
      expect(error?.message).to.match(/CNAME/);
      expect(await zoneText()).to.equal(ZONE);
      const service = await edited('PATCH', '/v1/zones/example.com/records/web/GSLB', { service: 'wep' });
      expect(JSON.stringify(service.json.errors)).to.include('did you mean');
      const value = await edited('PATCH', WWW, { values: ['192.0.2.999'] });
      expect(value.status).to.equal(422);
    });

    const wrong: readonly {
      name: string;
      path?: string;
      method?: string;
      body: unknown;
      type?: string;
      status: number;
      code: string;
      detail?: RegExp;
    }[] = [
      {
        name: 'a master file',
        path: '/v1/zones/master.example/records/ns1/A',
        body: { ttl: 1 },
        status: 409,
        code: 'read_only',
        detail: /master file zones\/master\.example\.zone/,
      },
      {
        name: 'a zone that is not there',
        path: '/v1/zones/exemple.com/records/www/A',
        body: { ttl: 1 },
        status: 404,
        code: 'no_zone',
        detail: /did you mean "example\.com\."/,
      },
      {
        name: 'a record that is not there',
        path: '/v1/zones/example.com/records/none/A',
        body: { ttl: 1 },
        status: 404,
        code: 'no_record',
      },
      {
        name: 'a name of another zone',
        path: '/v1/zones/example.com/records/www.example.net./A',
        body: { ttl: 1 },
        status: 400,
        code: 'bad_name',
      },
      {
        name: 'a record that is there already',
        path: '/v1/zones/example.com/records',
        method: 'POST',
        body: { name: 'www', type: 'A', value: '192.0.2.1' },
        status: 409,
        code: 'record_exists',
      },
      {
        name: 'malformed JSON',
        body: '{"ttl": 1,\n}',
        status: 400,
        code: 'bad_body',
        detail: /line 2, column 1/,
      },
      {
        name: 'JSON cut short',
        body: '{"ttl": 1',
        status: 400,
        code: 'bad_body',
        detail: /line 1, column 10/,
      },
      {
        name: 'a body that is too long',
        body: { value: 'x'.repeat(300_000) },
        status: 413,
        code: 'body_too_large',
      },
      {
        name: 'deep JSON',
        body: `{"value": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
        status: 400,
        code: 'bad_value',
      },
      { name: 'another content type', body: 'ttl: 1', type: 'text/yaml', status: 415, code: 'not_json' },
      {
        name: 'an unknown key',
        body: { tll: 1 },
        status: 400,
        code: 'unknown_key',
        detail: /did you mean "ttl"/,
      },
      {
        name: 'a wrong TTL',
        body: { ttl: -1 },
        status: 400,
        code: 'bad_value',
        detail: /^ttl must be 0 to 2147483647 but is -1$/,
      },
      {
        name: 'an unknown parameter',
        path: `${WWW}?dryrun=true`,
        body: { ttl: 1 },
        status: 400,
        code: 'unknown_key',
        detail: /did you mean "dry_run"/,
      },
    ];
    for (const { name, path = WWW, method = 'PATCH', body, type, status, code, detail } of wrong) {
      it(`refuse ${name}`, async () => {
        const answer = await ask(method, path, {
          body,
          ifMatch: '*',
          ...(type === undefined ? {} : { type }),
        });
        expect([answer.status, answer.json.code], JSON.stringify(answer.json)).to.deep.equal([status, code]);
        if (detail !== undefined) expect(answer.json.detail).to.match(detail);
        expect(await zoneText()).to.equal(ZONE);
      });
    }

    it('are told of by the OpenAPI document, as are all others', async () => {
      const { json } = await ask('GET', '/openapi.json');
      const paths = json.paths as Record<string, object>;
      expect(Object.keys(paths['/v1/zones/{zone}/records/{name}/{type}'] ?? {})).to.have.members([
        'get',
        'put',
        'patch',
        'delete',
      ]);
      expect((await ask('GET', '/v1/explain?name=web.example.com&from=192.0.2.1')).status).to.equal(200);
    });

    it('of a file with aliases are refused with what to do', async () => {
      const text = "'': {type: NS, value: ns1.example.com.}\na: &a {type: A, value: 192.0.2.1}\nb: *a\n";
      await writeFiles(folder, { 'zones/tied.example.yaml': text });
      await ask('POST', '/v1/reload', { body: {} });
      const { status, json } = await ask('PATCH', '/v1/zones/tied.example/records/b/A', {
        body: { ttl: 1 },
        ifMatch: '*',
      });
      expect([status, json.code]).to.deep.equal([409, 'not_editable']);
      expect(json.detail).to.equal(
        'zones/tied.example.yaml can not be edited in place: it is written with an alias (*); edit it by hand',
      );
    });

    it('leave the old file where the new one can not be written, and say so', async () => {
      // Where the new text would be written stands a folder.
      await mkdir(join(folder, 'zones/example.com.yaml.tmp'));
      const { status, json } = await edited('PATCH', WWW, { ttl: 9 });
      await rmdir(join(folder, 'zones/example.com.yaml.tmp'));
      expect([status, json.code]).to.deep.equal([500, 'not_written']);
      expect(await zoneText()).to.equal(ZONE);
    });

    it('leave the old file after a crash before the rename: a half-written one is no zone', async () => {
      await writeFiles(folder, { 'zones/example.com.yaml.tmp': "'': {type: NS, val" });
      expect((await ask('POST', '/v1/reload', { body: {} })).status).to.equal(200);
      expect(await zoneText()).to.equal(ZONE);
      const { status } = await edited('PATCH', WWW, { ttl: 9 });
      expect(status).to.equal(200);
      expect(await readdir(join(folder, 'zones'))).to.not.include('example.com.yaml.tmp');
    });
  });

  describe('the audit log', () => {
    it('has who changed what, what was refused, and no token', async () => {
      await ask('PUT', '/v1/overrides/web/a', {
        body: { override: 'drain', reason: 'move' },
        token: OPERATE,
      });
      await ask('DELETE', '/v1/overrides/web/a', { token: OPERATE });
      await ask('DELETE', '/v1/overrides/web/a?access_token=secret&of=state', { token: VIEW });
      const ifMatch = await etag();
      await ask('PATCH', WWW, { body: { ttl: 77 }, ifMatch });
      await ask('PATCH', WWW, { body: { ttl: 78 }, ifMatch });
      const entries = (await audit()).slice(-5);
      expect(
        entries.map(
          ({ who, what, outcome, status, code = '' }) => `${who} ${what} ${outcome} ${status} ${code}`,
        ),
      ).to.deep.equal([
        'ops setOverride done 200 ',
        'ops clearOverride done 200 ',
        'monitoring clearOverride refused 403 wrong_role',
        'ci patchRecord done 200 ',
        'ci patchRecord refused 412 stale',
      ]);
      expect(entries[0]).to.have.nested.property('after[0].reason', 'move');
      expect(entries[3]).to.deep.include({
        from: '127.0.0.1',
        method: 'PATCH',
        target: WWW,
        before: { ttl: 300, values: ['192.0.2.1', '192.0.2.2'] },
        after: { ttl: 77, values: ['192.0.2.1', '192.0.2.2'] },
      });
      const all = `${JSON.stringify(await audit())}${steerdns.log}`;
      for (const token of [VIEW, OPERATE, EDIT, 'access_token']) expect(all).to.not.include(token);
    });
  });

  // Last: who guessed waits.
  describe('tokens', () => {
    it('takes a token that a reload adds, and none that one takes away', async () => {
      const token = 'another-token-of-some-length';
      const more = `    - {name: new, role: view, token_file: new.token}\nzones`;
      const text = FILES['steerdns.yaml'];
      expect((await ask('GET', '/v1/status', { token })).status).to.equal(401);
      await writeFiles(folder, { 'new.token': token, 'steerdns.yaml': text.replace('zones', more) });
      await ask('POST', '/v1/reload', { body: {} });
      expect((await ask('GET', '/v1/status', { token })).status).to.equal(200);
      await writeFiles(folder, { 'steerdns.yaml': text });
      await ask('POST', '/v1/reload', { body: {} });
      expect((await ask('GET', '/v1/status', { token })).status).to.equal(401);
    });

    it('makes who guesses wait, and logs neither guess nor token', async () => {
      const statuses: number[] = [];
      for (let i = 0; i < 12; i++)
        statuses.push((await ask('GET', '/v1/status', { token: `guess-${i}` })).status);
      expect(statuses).to.include(401).and.to.include(429);
      const { status, headers } = await ask('GET', '/v1/status');
      expect(status).to.equal(429);
      expect(Number(headers.get('retry-after'))).to.be.greaterThan(0);
      expect(steerdns.log).to.include('had a wrong token').and.to.not.include('guess-');
    });
  });
});

/** Every answer is what the OpenAPI document says, without a key more. */
function checkAnswer(method: string, path: string, status: number, json: object): void {
  if (status >= 400) {
    expect(problemSchema.parse(json)).to.deep.equal(json);
    return;
  }
  const { response } = findRoute(method, path.split('?')[0] ?? '').route;
  if (typeof response !== 'string') expect(response.parse(json), `${method} ${path}`).to.deep.equal(json);
}

describe('the API without tokens', () => {
  it('starts on no address that others reach: check says so, with the place', async () => {
    const folder = await makeFolder({
      'steerdns.yaml': "zones: zones\nadmin: {listen: '0.0.0.0:0'}\n",
      'zones/.keep': '',
    });
    for (const command of ['check', 'serve']) {
      const { code, stderr, stdout } = await runSteerdns([command], folder);
      expect(code).to.equal(1);
      expect(stdout + stderr).to.include(
        'steerdns.yaml:2:17: error: without tokens the API must listen on a loopback address',
      );
    }
    await removeFolder(folder);
  });
});

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { checkSignature, makeRequest } from '../../src/transfer/client-message.js';
import { Message, NOTAUTH } from '../../src/transfer/message.js';
import { TcpPeer } from '../../src/transfer/tcp-peer.js';
import { findTsig, TsigError } from '../../src/transfer/tsig.js';
import type { TsigKey } from '../../src/transfer/tsig-key.js';
import { parseName } from '../../src/wire/name.js';
import { RrType } from '../../src/wire/protocol.js';
import { makeFolder, removeFolder, type Steerdns, startSteerdns } from '../support/steerdns.js';
import { needTool } from '../support/tools.js';
import { until } from '../support/until.js';
import { freePort, KEY, Peer, serialAt } from './peers.js';

const run = promisify(execFile);
const ZONE = 'example.com';
const APEX = parseName('example.com.');

const RIGHT: TsigKey = {
  name: parseName(`${KEY.name}.`),
  algorithm: 'hmac-sha256',
  secret: Buffer.from(KEY.secret, 'base64'),
  macOctets: 32,
};

const ERRORS: readonly {
  what: string;
  key: TsigKey;
  lateSeconds?: number;
  error: TsigError;
  says: RegExp;
}[] = [
  {
    what: 'RFC 8945 §5.2.1: a key that is not known',
    key: { ...RIGHT, name: parseName('other.test.') },
    error: TsigError.BADKEY,
    says: /^says BADKEY: the peer does not know the key$/,
  },
  {
    what: 'RFC 8945 §5.2.2: another secret',
    key: { ...RIGHT, secret: Buffer.from('another secret of some octets...') },
    error: TsigError.BADSIG,
    says: /^says BADSIG: the secret is another one$/,
  },
  {
    what: 'RFC 8945 §5.2.3: a clock that is an hour slow',
    key: RIGHT,
    lateSeconds: 3600,
    error: TsigError.BADTIME,
    says: /^says BADTIME: the clocks differ by more than five minutes$/,
  },
  {
    what: 'RFC 8945 §5.2.3: a clock that is an hour fast',
    key: RIGHT,
    lateSeconds: -3600,
    error: TsigError.BADTIME,
    says: /^says BADTIME/,
  },
  {
    what: 'RFC 8945 §5.2.4: a MAC that is cut shorter than is taken',
    key: { ...RIGHT, macOctets: 16 },
    error: TsigError.BADTRUNC,
    says: /^says BADTRUNC: the MAC is cut too short$/,
  },
];

/** Asks for the SOA. @returns what the response's TSIG says, and how the error reads */
async function ask(
  at: { address: string; port: number },
  key: TsigKey,
  now: number,
): Promise<{ rcode: number; error: number | undefined; problem: string | undefined }> {
  const peer = await TcpPeer.open(at, AbortSignal.timeout(20_000));
  try {
    const request = makeRequest({ flags: 0, name: APEX, type: RrType.SOA, key, now });
    peer.send(request.octets);
    const response = new Message(await peer.next());
    const checked = checkSignature(request, response, { before: request.mac, timersOnly: false }, now);
    const problem = 'problem' in checked ? checked.problem : undefined;
    return { rcode: response.rcode, error: findTsig(response)?.error, problem };
  } finally {
    peer.close();
  }
}

const MASTER = '$TTL 60\n@ IN SOA ns1 h 1 60 60 60 60\n@ IN NS ns1\nns1 IN A 192.0.2.1\n';

for (const program of ['steerdns', 'named', 'knotd', 'nsd'] as const) {
  describe(`errors of TSIG that ${program} answers`, function () {
    this.timeout(60_000);
    let folder: string;
    let server: { stop(): Promise<unknown> } | undefined;
    let at: { address: string; port: number };

    before(async function () {
      needTool(this, 'dig');
      if (program !== 'steerdns') needTool(this, program);
      const port = await freePort();
      at = { address: '127.0.0.1', port };
      if (program === 'steerdns') {
        folder = await makeFolder(filesOf(port));
        server = await startSteerdns(folder);
      } else {
        folder = await makeFolder();
        const zone = { name: ZONE, text: `$ORIGIN example.com.\n${MASTER}` };
        const options = {
          folder: join(folder, 'peer'),
          port,
          otherPort: await freePort(),
          zone,
          signed: true,
        };
        const peer = new Peer(program, { ...options, notify: false });
        server = peer;
        await peer.start();
      }
      await until(
        () => serialAt(at, ZONE),
        (serial) => serial === 1,
      );
    });

    after(async () => {
      await server?.stop();
      if (folder !== undefined) await removeFolder(folder);
    });

    it('are none when all is right', async () => {
      const found = await ask(at, RIGHT, nowSeconds());
      expect(found).to.deep.equal({ rcode: 0, error: TsigError.NONE, problem: undefined });
    });

    for (const { what, key, lateSeconds = 0, error, says } of ERRORS) {
      // Knot and NSD answer something else than BADTRUNC to it.
      const cut = error === TsigError.BADTRUNC && (program === 'knotd' || program === 'nsd');
      if (cut) continue;
      it(`are read: ${what}`, async () => {
        const found = await ask(at, key, nowSeconds() - lateSeconds);
        expect(found).to.include({ rcode: NOTAUTH, error });
        expect(found.problem).to.match(says);
      });
    }
  });
}

describe('errors of TSIG that steerdns answers, as dig reads them', function () {
  this.timeout(60_000);
  let folder: string;
  let steerdns: Steerdns;
  let port: number;

  before(async function () {
    needTool(this, 'dig');
    port = await freePort();
    folder = await makeFolder(filesOf(port));
    steerdns = await startSteerdns(folder);
  });

  after(async () => {
    await steerdns?.stop();
    if (folder !== undefined) await removeFolder(folder);
  });

  const other = Buffer.from('another secret of some octets...').toString('base64');
  for (const { what, key, says } of [
    {
      what: 'none',
      key: `hmac-sha256:${KEY.name}:${KEY.secret}`,
      says: /status: NOERROR[\s\S]*TSIG\s+hmac-sha256\..* NOERROR/,
    },
    {
      what: 'BADKEY',
      key: `hmac-sha256:other.test:${KEY.secret}`,
      says: /status: NOTAUTH[\s\S]*TSIG\s+hmac-sha256\..* BADKEY 0/,
    },
    {
      what: 'BADSIG',
      key: `hmac-sha256:${KEY.name}:${other}`,
      says: /status: NOTAUTH[\s\S]*TSIG\s+hmac-sha256\..* BADSIG 0/,
    },
    {
      what: 'BADTRUNC',
      key: `hmac-sha256-128:${KEY.name}:${KEY.secret}`,
      says: /status: NOTAUTH[\s\S]*TSIG\s+hmac-sha256\..* BADTRUNC/,
    },
  ]) {
    for (const transport of ['+tcp', '+notcp']) {
      it(`${what}, ${transport}`, async () => {
        const args = [
          '@127.0.0.1',
          '-p',
          `${port}`,
          '-y',
          key,
          transport,
          '+tries=1',
          '+time=10',
          ZONE,
          'SOA',
        ];
        const { stdout } = await run('dig', args, { timeout: 15_000 });
        expect(stdout).to.match(says);
      });
    }
  }
});

function filesOf(port: number): Record<string, string> {
  return {
    'steerdns.yaml': `listen: {dns: '127.0.0.1:${port}', http: [], admin: '127.0.0.1:0'}
zones: zones
services: services
geo: {databases: []}
keys: {${KEY.name}: {algorithm: hmac-sha256, secret: ${KEY.secret}}}
transfer: {allow: [{key: ${KEY.name}}]}
`,
    'zones/example.com.zone': MASTER,
    'services/.keep': '',
  };
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

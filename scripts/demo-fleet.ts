import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type DemoMember, startDemoMembers } from '../src/cli/demo-members.js';

const run = promisify(execFile);

/** Far above what a step takes; a step that is not seen by then ends the demonstration. */
const STEP_MS = 20_000;

const STEERDNS = join(import.meta.dirname, '../../bin/steerdns');
const FIRST = '192.0.2.1';
const SECOND = '198.51.100.2';

/** One of the two. */
interface Instance {
  readonly name: string;
  readonly config: string;
  process: ChildProcess;
  port: string;
}

const folder = await mkdtemp(join(tmpdir(), 'steerdns-fleet-'));
const children = new Set<ChildProcess>();
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stopping.abort());
const members = await startDemoMembers([
  { name: 'first', address: '127.0.0.1', port: 0 },
  { name: 'second', address: '127.0.0.1', port: 0 },
]);
try {
  await demonstrate();
} catch (error) {
  if (!stopping.signal.aborted) {
    console.error(`demo-fleet: ${(error as Error).message}`);
    process.exitCode = 1;
  } else {
    console.log('\nended');
    process.exitCode = 130;
  }
} finally {
  await Promise.all([...children].map((child) => end(child, 'SIGKILL')));
  await members.stop();
  await rm(folder, { recursive: true });
}

async function demonstrate(): Promise<void> {
  const redisPort = await freePort();
  let redis = await startRedis(redisPort);
  const a = await makeInstance('a', redisPort);
  const b = await makeInstance('b', redisPort);
  const both = [a, b];

  await step('Two instances, one Redis: each sees the other, and both answer the first member', both, [
    FIRST,
    /2 instances, connected/,
    /web\/first +up .*up a, b/,
  ]);

  await tell('first', 'stop');
  await step('The first member stops: both vote it down, and both answer the second', both, [
    SECOND,
    /web\/first +down .*down a, b/,
  ]);

  await tell('first', 'start');
  await step('It is back', both, [FIRST, /web\/first +up .*up a, b/]);

  await steerdns(a, 'drain', 'web/first', '--reason', 'new kernel');
  await step('An operator drains it at a: so it is at b', both, [
    SECOND,
    /web\/first +draining/,
    /new kernel/,
  ]);

  await steerdns(b, 'undrain', 'web/first');
  await step('and takes that back at b', both, [FIRST, /web\/first +up /]);

  await end(b.process, 'SIGKILL');
  await step('Instance b is killed: a goes on without it', [a], [FIRST, /1 instance, connected/]);

  await startInstance(b);
  await step('and is started again', both, [FIRST, /2 instances, connected/, /web\/first +up .*up a, b/]);

  await end(redis, 'SIGKILL');
  await step('Redis is killed: answers go on, and each instance probes everything itself', both, [
    FIRST,
    /degraded .*probing everything here/,
  ]);

  await tell('first', 'stop');
  await step('Without Redis too a member that stops is noticed', both, [SECOND, /web\/first +down/]);

  await tell('first', 'start');
  redis = await startRedis(redisPort);
  await step('Redis is back, empty: the instances give it everything again', both, [
    FIRST,
    /2 instances, connected/,
    /web\/first +up .*up a, b/,
  ]);

  await Promise.all(both.map((instance) => end(instance.process, 'SIGTERM')));
  await end(redis, 'SIGTERM');
  console.log('\nAll of it held. docs/cluster.md tells of more.');
}

/** Waits until each instance answers this address, and its status has these lines; then shows both. */
async function step(
  title: string,
  instances: readonly Instance[],
  [address, ...lines]: readonly [string, ...RegExp[]],
): Promise<void> {
  console.log(`\n== ${title}`);
  const begun = performance.now();
  for (const instance of instances) {
    for (;;) {
      stopping.signal.throwIfAborted();
      const answer = await ask(instance);
      const status = await steerdns(instance, 'status').catch(() => '');
      if (answer === address && lines.every((line) => line.test(status))) {
        show(instance, answer, status);
        break;
      }
      if (performance.now() - begun > STEP_MS) {
        throw new Error(
          `waited for ${address} and ${lines.join(', ')} at ${instance.name}; saw ${answer}\n${status}` +
            (await readFile(logOf(instance), 'utf8')),
        );
      }
      await pause(50, undefined, { signal: stopping.signal });
    }
  }
  console.log(`(seen after ${((performance.now() - begun) / 1000).toFixed(1)} s)`);
}

function show(instance: Instance, answer: string, status: string): void {
  const words = status.split('\n').filter((line) => /^(cluster|web\/\S+) /.test(line));
  console.log(`${instance.name}$ dig +short @127.0.0.1 -p ${instance.port} www.example.com\n   ${answer}`);
  console.log(`${instance.name}$ steerdns status\n${words.map((line) => `   ${line}`).join('\n')}`);
}

async function ask({ port }: Instance): Promise<string> {
  const args = ['+short', '+tries=1', '+time=2', '@127.0.0.1', '-p', port, 'www.example.com'];
  const { stdout } = await run('dig', args, { signal: stopping.signal }).catch(() => ({ stdout: '' }));
  return stdout.trim();
}

async function steerdns({ config }: Instance, command: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(STEERDNS, [command, ...args, '--config', config], { signal: stopping.signal });
  return stdout;
}

async function makeInstance(name: string, redisPort: number): Promise<Instance> {
  const config = join(folder, name, 'steerdns.yaml');
  const files = {
    'steerdns.yaml': `
listen: {dns: ['127.0.0.1:0'], http: [], admin: '127.0.0.1:${await freePort()}'}
zones: zones
workers: 1
cluster: {name: demo, instance: ${name}, redis: {url: 'redis://127.0.0.1:${redisPort}'}}
`,
    'zones/example.com.yaml': `
'': {type: NS, value: ns.example.net.}
www: {type: GSLB, service: web}
`,
    'services/web.yaml': `
check: {type: http, path: /healthz, interval: 1s, timeout: 900ms, rise: 1, fall: 2}
members:
  first: {addresses: [${FIRST}], weight: 2, check: {target: 127.0.0.1, port: ${portOf('first')}}}
  second: {addresses: [${SECOND}], weight: 1, check: {target: 127.0.0.1, port: ${portOf('second')}}}
pools:
  pair: {members: [first, second], scheduler: fo}
answers: {ttl: 1}
`,
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, name, path, '..'), { recursive: true });
    await writeFile(join(folder, name, path), text);
  }
  return startInstance({ name, config, port: '' });
}

async function startInstance(instance: Omit<Instance, 'process'> & Partial<Instance>): Promise<Instance> {
  const child = start(STEERDNS, ['serve', '--config', instance.config]);
  const log = logOf(instance);
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk;
    void writeFile(log, errors).catch(() => {});
  });
  const [, port = ''] = await outputOf(child, /^ready: dns \S+:(\d+)/m, () => errors);
  return Object.assign(instance, { process: child, port });
}

function logOf({ config }: { readonly config: string }): string {
  return `${config}.log`;
}

async function startRedis(port: number): Promise<ChildProcess> {
  const where = ['--bind', '127.0.0.1', '--port', `${port}`, '--dir', folder];
  const child = start('redis-server', [...where, '--save', '', '--appendonly', 'no']);
  await outputOf(child, /Ready to accept connections/, () => '');
  return child;
}

function start(command: string, args: readonly string[]): ChildProcess {
  stopping.signal.throwIfAborted();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** Waits until a process says this. */
function outputOf(child: ChildProcess, wanted: RegExp, errors: () => string): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk;
      const found = wanted.exec(text);
      if (found !== null) resolve(found);
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`${child.spawnfile} ended:\n${text}${errors()}`)));
    stopping.signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
  });
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

function portOf(name: string): number {
  return (members.members.find((member) => member.name === name) as DemoMember).port;
}

/** @param what a member's `/healthz` fails after `stop`, until `start` */
async function tell(name: string, what: 'stop' | 'start'): Promise<void> {
  await fetch(`http://127.0.0.1:${portOf(name)}/${what}`, { method: 'POST' });
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

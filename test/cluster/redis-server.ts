import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import { makeFolder, removeFolder } from '../support/steerdns.js';
import { until } from '../support/until.js';

/** A port that nothing listens on. */
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

/** A real Redis on 127.0.0.1, which keeps its port over a restart and nothing else. */
export class RedisServer {
  #child: ChildProcess | undefined;
  #output = '';
  #folder: string | undefined;

  /** @param options as on its command line: `--requirepass secret` */
  private constructor(
    readonly port: number,
    readonly options: readonly string[],
  ) {}

  static async start(...options: string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), options);
    await server.start();
    return server;
  }

  /** One that speaks TLS alone. */
  static async startTls(...options: string[]): Promise<RedisServer> {
    const port = await freePort();
    const server = new RedisServer(port, ['--tls-port', `${port}`, '--port', '0', ...options]);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    this.#folder ??= await makeFolder();
    const listen = this.options.includes('--tls-port') ? [] : ['--port', `${this.port}`];
    await this.#run('redis-server', [...listen, '--save', '', '--appendonly', 'no', ...this.options]);
    await until(
      async () => this.#output,
      (text) => text.includes('Ready to accept connections'),
    );
  }

  /** Makes this a sentinel instead. */
  static async startSentinel(config: (port: number) => string): Promise<RedisServer> {
    const port = await freePort();
    const server = new RedisServer(port, []);
    const folder = await makeFolder({ 'sentinel.conf': config(port) });
    server.#folder = folder;
    await server.#run('redis-sentinel', [`${folder}/sentinel.conf`]);
    await until(
      async () => server.#output,
      (text) => /\+monitor/.test(text),
    );
    return server;
  }

  /** Runs a command as an operator would with redis-cli. */
  async command(...args: [string, ...(string | number)[]]): Promise<unknown> {
    return this.withClient((client) => client.call(...args));
  }

  async withClient<T>(work: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis({
      port: this.port,
      host: '127.0.0.1',
      lazyConnect: true,
      enableReadyCheck: false,
      protocol: 2,
    });
    client.on('error', () => {});
    try {
      await client.connect();
      return await work(client);
    } finally {
      client.disconnect();
    }
  }

  /** SIGSTOP: it hangs, and takes connections all the same. SIGCONT: it goes on. */
  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  /** Stops it for good. */
  async remove(): Promise<void> {
    await this.stop();
    if (this.#folder !== undefined) await removeFolder(this.#folder);
  }

  async #run(program: string, args: readonly string[]): Promise<void> {
    this.#output = '';
    const child = spawn(program, [...args, '--bind', '127.0.0.1'], {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const kill = (): void => {
      child.kill('SIGKILL');
    };
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8');
      stream?.on('data', (text: string) => {
        this.#output += text;
      });
    }
  }
}

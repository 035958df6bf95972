// Builds the addon with the system's C compiler, unless there is one already: Node-API takes no more than its headers.
// node native/build.mjs [--optional] [--output FILE] [--sanitize]
//   --optional   without a compiler or headers it says so and succeeds: steerdns answers by node:dgram then
//   --output     where it goes, built always; build/Release/steerdns.node beside this file by default
//   --sanitize   with AddressSanitizer and UndefinedBehaviorSanitizer, for tests
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import nodeGypBuild from 'node-gyp-build';

const HERE = dirname(fileURLToPath(import.meta.url));
const CODE = ['udp.c', 'sockets.c'].map((name) => join(HERE, name));
const SOURCES = [...CODE, ...['shared.h', 'build.mjs'].map((name) => join(HERE, name))];
const FLAGS = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-O2', '-fvisibility=hidden', '-fPIC', '-shared'];
const SANITIZE = [
  '-g',
  '-fsanitize=address,undefined',
  '-fno-sanitize-recover=all',
  '-fno-omit-frame-pointer',
];

const { values } = parseArgs({
  options: {
    optional: { type: 'boolean', default: false },
    output: { type: 'string' },
    sanitize: { type: 'boolean', default: false },
  },
});

if (values.output !== undefined || !isBuilt()) {
  const problem = build(values.output ?? join(HERE, 'build/Release/steerdns.node'), values.sanitize);
  if (problem !== undefined) {
    console.error(`The batched UDP addon is not built: ${problem}`);
    if (values.optional)
      console.error('steerdns works without it, by node:dgram, at about a third of the speed.');
    else process.exitCode = 1;
  }
}

/** Whether the addon that would be loaded, one built here or a prebuilt one, loads and is no older than its sources. */
function isBuilt() {
  try {
    const path = nodeGypBuild.resolve(HERE);
    const builtMs = statSync(path).mtimeMs;
    createRequire(import.meta.url)(path);
    return SOURCES.every((source) => statSync(source).mtimeMs <= builtMs);
  } catch {
    return false;
  }
}

/** Returns what was in the way, or undefined. */
function build(output, sanitize) {
  if (process.platform !== 'linux') return `it is for Linux, and this is ${process.platform}.`;
  const headers = findHeaders();
  if (headers === undefined)
    return `there is no node_api.h beside ${process.execPath}. Debian's nodejs has it in libnode-dev.`;
  const compiler = findCompiler();
  if (compiler === undefined)
    return 'there is no C compiler (cc, gcc, clang). Type: apt-get install build-essential';
  mkdirSync(dirname(output), { recursive: true });
  // Beside, then renamed: a running instance may have the old file mapped.
  const fresh = `${output}.${process.pid}`;
  const flags = [...FLAGS, ...(sanitize ? SANITIZE : []), `-I${headers}`];
  const { status } = spawnSync(compiler, [...flags, ...CODE, '-o', fresh], { stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    rmSync(fresh, { force: true });
    return `${compiler} failed; its messages are above.`;
  }
  renameSync(fresh, output);
  return undefined;
}

/** Node's archives, and Debian's libnode-dev, have the headers in include/node, where bin/node is in bin. */
function findHeaders() {
  const roots = [process.env.npm_config_nodedir, join(dirname(process.execPath), '..')];
  return roots
    .filter((root) => root !== undefined && root !== '')
    .map((root) => join(root, 'include/node'))
    .find((folder) => existsSync(join(folder, 'node_api.h')));
}

function findCompiler() {
  const names = process.env.CC ? [process.env.CC] : ['cc', 'gcc', 'clang'];
  return names.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
}

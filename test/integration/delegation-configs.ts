import { blocksOf, readDocument } from '../support/document.js';
import { namedIn } from '../support/named.js';

export const PAGE = readDocument('docs/delegation.md');

/** Where the page has its machines; the root and the registry are one more, and so is the resolver. */
export const ROOT = '203.0.113.1';
export const RESOLVER = '203.0.113.53';
const RESOLVER_IPV6 = '2001:db8:3::53';
/** Clients in the networks that services/web.yaml sends to Europe and to America. */
export const CLIENTS = { europe: '203.0.113.80', america: '198.51.100.80' };
export const ADDRESSES = [
  ROOT,
  RESOLVER,
  RESOLVER_IPV6,
  ...Object.values(CLIENTS),
  ...['192.0.2.53', '198.51.100.53', '192.0.2.54', '198.51.100.54', '2001:db8:1::54', '2001:db8:2::54'],
];

/** What the walk asks for beyond the page's names: the trap of the page, and an answer that takes TCP. */
const MORE_PARENT = 'lame 1d IN NS ns1.gslb\n';
export const MORE_CHILD = `long: {type: TXT, values: [${Array.from({ length: 12 }, (_, i) => `"${'x'.repeat(199)}${i}"`).join(', ')}]}\nbrief: {type: A, ttl: 2, value: 192.0.2.1}\n`;

export const ROOT_HINTS = `. 3600000 NS a.root.\na.root. 3600000 A ${ROOT}\n`;

/** The parent zone of the page, and more lines at its end. */
export function parentZone(more: string): string {
  return `${blocksOf(PAGE, 'zone')[0]}${MORE_PARENT}${more}`;
}

/** The root, `com` and `net`, which have what the page says of them: name and master file. */
export function rootZones(): readonly (readonly [string, string])[] {
  const [parent = '', registry = ''] = blocksOf(PAGE, 'zone');
  const glue = parent.split('\n').filter((line) => /^ns[12] /.test(line));
  const head = '@ 1d IN SOA a.root. hostmaster.root. 1 2h 15m 2w 5m\n@ 1d IN NS a.root.\n';
  return [
    ['.', `${head}a.root. 1d IN A ${ROOT}\ncom. 2d IN NS a.root.\nnet. 2d IN NS a.root.\n`],
    ['com.', `${head}$ORIGIN example.com.\n$TTL 2d\n@ IN NS ns1\n@ IN NS ns2\n${glue.join('\n')}\n`],
    ['net.', head + registry],
  ];
}

/** The Knot that serves them, without its zones. */
export function rootConfiguration(folder: string): string {
  return `server:\n    listen: ${ROOT}\n    rundir: "${folder}"\n    user: root\ndatabase:\n    storage: "${folder}"\n`;
}

/** Both machines are one here: the loopback port of the API is the kernel's choice. */
export function configurationOf(machine: 'ns1' | 'ns2', text: string): string {
  const here = text.replace('127.0.0.1:8053', '127.0.0.1:0');
  if (machine === 'ns1') return here;
  return here.replace("'192.0.2.54:53'", "'198.51.100.54:53'").replace('2001:db8:1::54', '2001:db8:2::54');
}

/** At both addresses of the parent. */
export function namedConfiguration(folder: string, text: string): string {
  return namedIn(folder, text.replace('{ 192.0.2.53; }', '{ 192.0.2.53; 198.51.100.53; }'));
}

export function knotConfiguration(folder: string, text: string): string {
  return text
    .replace(/"\/(run|var\/lib|etc)\/knot"/g, `"${folder}"`)
    .replace('listen: 192.0.2.53', 'listen: [192.0.2.53, 198.51.100.53]\n    user: root');
}

/** What belongs to this machine, not to the page: who is asked for the root, whom the parent's signatures are checked by. */
export function resolverConfiguration(folder: string): string {
  return `
server:
    interface: ${RESOLVER}
    access-control: 0.0.0.0/0 allow
    outgoing-interface: ${RESOLVER}
    outgoing-interface: ${RESOLVER_IPV6}
    root-hints: "${folder}/root.hints"
    trust-anchor-file: "${folder}/anchor"
    directory: "${folder}"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    logfile: ""
    verbosity: 4
    extended-statistics: yes
remote-control:
    control-enable: yes
    control-interface: "${folder}/control"
    control-use-cert: no
`;
}

import type { Answer, DecodedPacket, OptAnswer } from 'dns-packet';

const RCODES: Readonly<Record<number, string>> = {
  0: 'NOERROR',
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
  6: 'YXDOMAIN',
  16: 'BADVERS',
  23: 'BADCOOKIE',
};

/**
 * A response as lines: RCODE and flags; answers; `authority:` and its records; `additional:` and its records; EDNS options.
 * A record is `NAME TTL TYPE RDATA`, its class before the type unless it is IN.
 */
export function formatResponse(message: DecodedPacket): string[] {
  const all = message.additionals ?? [];
  const opt = all.find((record): record is OptAnswer => record.type === 'OPT');
  const additionals = all.filter((record) => record !== opt);
  const rcode = ((message.flags ?? 0) & 0xf) | ((opt?.extendedRcode ?? 0) << 4);
  const flags = [
    message.flag_aa && 'aa',
    message.flag_tc && 'tc',
    message.flag_rd && 'rd',
    opt?.flag_do && 'do',
  ];
  const section = (title: string, records: readonly Answer[]): string[] =>
    records.length === 0 ? [] : [title, ...records.map(formatRecord)];
  return [
    [RCODES[rcode] ?? String(rcode), ...flags.filter(Boolean)].join(' '),
    ...(message.answers ?? []).map(formatRecord),
    ...section('authority:', message.authorities ?? []),
    ...section('additional:', additionals),
    ...(opt?.options ?? []).map(formatOption),
  ];
}

function formatOption(option: OptAnswer['options'][number]): string {
  const { data = Buffer.alloc(0) } = option;
  // The types leave NSID out.
  const code: number = option.code;
  if (code === 8) {
    const bits = `${data[2]}/${data[3]}`;
    const address = [...data.subarray(4)];
    const text =
      data.readUInt16BE(0) === 1
        ? [0, 1, 2, 3].map((i) => address[i] ?? 0).join('.')
        : `family ${data.readUInt16BE(0)} ${Buffer.from(address).toString('hex')}`;
    return `ecs ${text}/${bits}`;
  }
  return code === 3 ? `nsid ${data.toString('latin1')}` : `option ${code} ${data.toString('hex')}`;
}

function formatRecord(record: Answer): string {
  if (record.type === 'OPT') return 'a second OPT';
  const place = record.class === undefined || record.class === 'IN' ? '' : `${record.class} `;
  return `${dotted(record.name)} ${record.ttl} ${place}${record.type} ${formatRdata(record)}`;
}

function formatRdata(record: Exclude<Answer, OptAnswer>): string {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return record.data;
    case 'NS':
    case 'CNAME':
    case 'DNAME':
    case 'PTR':
      return dotted(record.data);
    case 'MX':
      return `${record.data.preference} ${dotted(record.data.exchange)}`;
    case 'SRV': {
      const { priority, weight, port, target } = record.data;
      return `${priority} ${weight} ${port} ${dotted(target)}`;
    }
    case 'SOA': {
      const { mname, rname, serial, refresh, retry, expire, minimum } = record.data;
      return [dotted(mname), dotted(rname), serial, refresh, retry, expire, minimum].join(' ');
    }
    case 'TXT':
      return [record.data]
        .flat()
        .map((text) => `"${text}"`)
        .join(' ');
    case 'HINFO':
      return `"${record.data.cpu}" "${record.data.os}"`;
    case 'DS':
      return `${record.data.keyTag} ${record.data.algorithm} ${record.data.digestType} ${record.data.digest.toString('hex')}`;
    default:
      return Buffer.isBuffer(record.data)
        ? `\\# ${record.data.length} ${record.data.toString('hex')}`
        : JSON.stringify(record.data);
  }
}

function dotted(name: string): string {
  return name === '.' ? '.' : `${name}.`;
}

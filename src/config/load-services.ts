import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type {
  AnswersSpec,
  MatchSpec,
  MemberSpec,
  PoolSpec,
  RuleSpec,
  ServiceSpec,
  Where,
} from '../steer/spec.js';
import { checkYaml } from './check-yaml.js';
import { Diagnostics, type SourceFile } from './diagnostics.js';
import { mergeChecks } from './merge-checks.js';
import { describeFileError, displayPath, readSource } from './read-source.js';
import { checkServiceReferences, DEFAULT_POOL } from './service-references.js';
import { type MemberInput, type ServiceInput, serviceSchema } from './service-schema.js';
import { parseYaml, type YamlDocument } from './yaml-source.js';

/**
 * Reads each `NAME.yaml` of a folder; other files, and those that begin with a dot, are left alone. A folder that isn't
 * there holds no services; loadConfig says so where one was asked for.
 * @param lines names that the networks files give; undefined: lines of rules are not checked
 * @returns services without errors, by name
 */
export function loadServices(
  folder: string,
  diagnostics: Diagnostics,
  lines?: ReadonlySet<string>,
): Map<string, ServiceSpec> {
  const services = new Map<string, ServiceSpec>();
  for (const file of listFiles(folder, diagnostics)) {
    const name = file.replace(/\.ya?ml$/, '');
    const path = join(folder, file);
    if (!/^[a-z0-9][a-z0-9_-]{0,62}$/.test(name)) {
      diagnostics.fileError(
        displayPath(path),
        'the name of a service must be lower-case letters, digits, "-" and "_"',
      );
    } else if (file.endsWith('.yml') && services.has(name)) {
      diagnostics.fileError(displayPath(path), `there is a service ${name} already: ${name}.yaml`);
    } else {
      const source = readSource(path, diagnostics);
      const service = source && loadService(name, source, diagnostics, lines);
      if (service !== undefined) services.set(name, service);
    }
  }
  return services;
}

/** Reads one service. @returns undefined after an error in `diagnostics` */
export function loadService(
  name: string,
  source: SourceFile,
  diagnostics: Diagnostics,
  lines?: ReadonlySet<string>,
): ServiceSpec | undefined {
  // Of its own, to tell errors of this service from those before.
  const own = new Diagnostics();
  const document = parseYaml(source, own);
  const input = document && checkYaml(document, serviceSchema, own);
  if (document !== undefined) checkServiceReferences(document, lines, own);
  const service = document && input && build(name, input, document, own);
  diagnostics.list.push(...own.list);
  return own.hasErrors ? undefined : service;
}

function listFiles(folder: string, diagnostics: Diagnostics): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => /^[^.].*\.ya?ml$/.test(file))
      .sort();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      diagnostics.fileError(displayPath(folder), `the folder ${describeFileError(error)}`);
    }
    return [];
  }
}

function build(
  name: string,
  input: ServiceInput,
  document: YamlDocument,
  diagnostics: Diagnostics,
): ServiceSpec {
  const members = Object.entries(input.members).map(([member, value]) =>
    buildMember(member, value, input, document, diagnostics),
  );
  const weights = new Map(members.map((member) => [member.name, member.weight]));
  const pools: PoolSpec[] =
    input.pools === undefined
      ? [{ name: DEFAULT_POOL, members: members.map(everyone), scheduler: 'wrr' }]
      : Object.entries(input.pools).map(([pool, value]) => ({
          name: pool,
          members: value.members.map(({ member, weight, status }) => ({
            member,
            weight: weight ?? weights.get(member) ?? 1,
            status: status ?? 'obey',
          })),
          scheduler: value.scheduler ?? 'wrr',
          ...(value.fallback === undefined ? {} : { fallback: value.fallback }),
        }));
  const rules: RuleSpec[] = input.rules?.map(buildRule) ?? [{ matches: [{}], pool: pools[0]?.name ?? '' }];
  return {
    name,
    members,
    pools,
    rules,
    answers: buildAnswers(input, document, diagnostics),
    where: whereOf(document, []),
  };
}

function buildMember(
  name: string,
  input: MemberInput,
  service: ServiceInput,
  document: YamlDocument,
  diagnostics: Diagnostics,
): MemberSpec {
  const said = new Set<string>();
  const checks = mergeChecks(service, input, (owner, key, message, hint) => {
    const path = owner === 'service' ? ['check', key] : ['members', name, 'check', key];
    const [start, end] = document.locate(path, 'value');
    if (said.has(message)) return;
    said.add(message);
    diagnostics.error(document.source, start, end, message, hint);
  });
  return {
    name,
    addresses: input.addresses ?? [],
    ...(input.host === undefined ? {} : { host: input.host }),
    weight: input.weight ?? 1,
    ...(input.place === undefined ? {} : { place: input.place }),
    ...(input.coordinates === undefined ? {} : { coordinates: input.coordinates }),
    ...(input.url === undefined ? {} : { url: input.url }),
    checks,
    where: whereOf(document, ['members', name]),
  };
}

function everyone({ name, weight }: MemberSpec): PoolSpec['members'][number] {
  return { member: name, weight, status: 'obey' };
}

function buildRule({
  pool,
  subnets,
  lines,
  asns,
  geos,
}: NonNullable<ServiceInput['rules']>[number]): RuleSpec {
  const match: MatchSpec = {
    ...(subnets === undefined ? {} : { subnets }),
    ...(lines === undefined ? {} : { lines }),
    ...(asns === undefined ? {} : { asns }),
    ...(geos === undefined ? {} : { geos }),
  };
  return { matches: [match], pool };
}

/** Seconds. Long enough for caches to be of use, short enough that a failover shows within a minute. */
const DEFAULT_TTL = { min: 5, max: 60 };

function buildAnswers(input: ServiceInput, document: YamlDocument, diagnostics: Diagnostics): AnswersSpec {
  const { count, ttl, when_all_down: word } = input.answers ?? {};
  const given = typeof ttl === 'number' ? { min: ttl, max: ttl } : ttl;
  const max = given?.max ?? Math.max(DEFAULT_TTL.max, given?.min ?? 0);
  const min = given?.min ?? Math.min(DEFAULT_TTL.min, max);
  if (min > max) {
    const [start, end] = document.locate(['answers', 'ttl', 'min'], 'value');
    diagnostics.error(document.source, start, end, `min must be at most max (${max}) but is ${min}`);
  }
  return {
    ...(count === undefined ? {} : { count }),
    ttl: { min, max },
    whenAllDown: word === undefined || word === 'all' ? 'all' : word === 'none' ? 'none' : { pool: word },
  };
}

function whereOf({ source, locate }: YamlDocument, path: readonly PropertyKey[]): Where {
  return { file: source.path, ...source.position(locate(path, 'key')[0]) };
}

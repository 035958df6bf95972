import { z } from 'zod';

/** What an instance tells of itself in its lease. */
export interface Lease {
  /** Random, new at each start: tells two processes of one name apart. 32 hexadecimal digits. */
  readonly incarnation: string;
  /** Ms since 1970. */
  readonly startedAt: number;
  /** Of the program. */
  readonly version: string;
  /** Of the probes that its configuration asks for: those who ask for the same share them. */
  readonly probes: string;
  /** Digests of the configuration's parts, by their names. */
  readonly parts: Readonly<Record<string, string>>;
  /** Counts up with each change of its votes. */
  readonly votes: number;
}

/** Octets of the longest lease that is read; those that are written are of a few hundred. */
export const MAX_LEASE_OCTETS = 4096;

/** Names of instances, as the configuration takes them. */
export const INSTANCE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** The incarnation comes first, alone on its line, since the script in Redis compares it. */
export function formatLease({ incarnation, ...said }: Lease): string {
  return `${incarnation}\n${JSON.stringify(said)}`;
}

/** @returns undefined when it is no lease */
export function parseLease(text: string): Lease | undefined {
  const [, incarnation, json] = /^([0-9a-f]{32})\n(.*)$/.exec(text) ?? [];
  if (incarnation === undefined || json === undefined) return undefined;
  try {
    const said = schema.safeParse(JSON.parse(json));
    return said.success ? { incarnation, ...said.data } : undefined;
  } catch {
    return undefined;
  }
}

const digest = z.string().regex(/^[0-9a-f]{1,64}$/);

const schema = z.object({
  startedAt: z.number().int().nonnegative().max(8.64e15),
  version: z
    .string()
    .max(64)
    .regex(/^[\x21-\x7e]*$/),
  probes: digest,
  parts: z
    .record(z.string().regex(/^[a-z]{1,32}$/), digest)
    .refine((parts) => Object.keys(parts).length <= 16),
  votes: z.number().int().nonnegative(),
});

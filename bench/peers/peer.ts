import type { Feature } from '../compare/cases.js';
import type { ManyNames } from '../compare/plan.js';

/** What a peer is started with. */
export interface PeerSetup {
  /** An empty folder of its own, with an absolute path. */
  readonly folder: string;
  /** On 127.0.0.1. */
  readonly port: number;
  /** Threads (or processes) that answer UDP. */
  readonly workers: number;
  /** Served beside the zone of steered names. */
  readonly many?: ManyNames | undefined;
}

/** How a peer is started in the foreground: its files by their path in the folder, and its command. */
export interface Launch {
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly command: string;
  readonly args: readonly string[];
}

/** A DNS server to compare. */
export interface Peer {
  readonly name: string;
  /** A command that it needs, and what to install when it is missing. */
  readonly needs?: { readonly command: string; readonly packages: string };
  readonly features: readonly Feature[];
  /** Any number unless given. */
  readonly mostWorkers?: number;
  /** What has it load its zones anew. */
  readonly reloadSignal?: NodeJS.Signals;
  readonly launch: (setup: PeerSetup) => Launch;
}

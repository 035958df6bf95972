import type { PlaceTable } from '../geo/place-table.js';
import type { PrefixTable } from '../geo/prefix-table.js';
import type { MemberStates } from '../state/member-states.js';
import type { ServiceSpec } from './spec.js';

/** A service compiled for `decide`: immutable, flat arrays; indexes are of the spec's lists. The owner adds what it needs. */
export interface Service {
  readonly spec: ServiceSpec;
  /** Address → index of the rule that it matches first. */
  readonly ruleTable: PrefixTable;
  /** State slot of each member. */
  readonly slots: Int32Array;
  /** A endpoints: 4 octets each; {@link v4Member} says whose. */
  readonly v4: Uint8Array;
  readonly v4Member: Uint16Array;
  /** AAAA endpoints: 16 octets each. */
  readonly v6: Uint8Array;
  readonly v6Member: Uint16Array;
  /** Host members' names in wire form, by member; empty for the others. */
  readonly hosts: readonly Uint8Array[];
}

/** What several services of one snapshot share while they are compiled. */
export interface CompileContext {
  readonly places: PlaceTable;
  readonly states: MemberStates;
  /** Rule tables by what their rules say, so that services with the same rules share one. */
  readonly ruleTables: Map<string, PrefixTable>;
  /** Words of `turns` handed out by now. */
  turnWords: number;
}

export function compileService(spec: ServiceSpec, context: CompileContext): Service {
  void [spec, context];
  throw new Error('not built yet');
}

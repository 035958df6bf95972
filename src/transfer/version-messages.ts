import type { Catalog } from '../answer/catalog.js';
import type { SharedService } from '../steer/share-service.js';
import type { ListedZone, TransferSpecs } from './version-keeper.js';

/** What the main thread says to the one that lists zones. A catalog comes in pieces of about a millisecond each. */
export type ToVersionThread =
  | {
      readonly kind: 'services';
      readonly services: readonly SharedService[];
      readonly hostAliases: readonly Int32Array[];
    }
  /** Lists the zones of this catalog, with the services that came before. */
  | {
      readonly kind: 'list';
      readonly catalog: Omit<Catalog, 'services' | 'hostAliases'>;
      readonly transfer: TransferSpecs;
      readonly stateWords: number;
    };

/** What it says, zones in pieces as well. */
export type FromVersionThread =
  | { readonly kind: 'zones'; readonly zones: readonly ListedZone[] }
  | { readonly kind: 'warn'; readonly fields: object; readonly message: string }
  /** Every zone of the last `list` was given. */
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly message: string };

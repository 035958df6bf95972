import { realpath, stat } from 'node:fs/promises';
import { replaceFile } from '../background/replace-file.js';
import { type Diagnostic, Diagnostics, SourceFile } from '../config/diagnostics.js';
import { decodeSource, displayPath } from '../config/read-source.js';
import { type FoundRecord, findRecords, putRecord, removeRecord } from './edit-records.js';
import type { JsonMap } from './json.js';
import { lineDiff } from './line-diff.js';
import { LayoutError } from './splice.js';
import { fileForNew, isKeyOf, ownerOf, readZone, type ZoneFileText, type ZoneOnDisk } from './zone-files.js';

/** A record of a zone file, and where it is. */
interface RecordInFile {
  /** As JSON, without its type. */
  readonly record: JsonMap;
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** What is to become of a record. */
interface RecordEdit {
  /** Relative to the apex, `@` the apex; or absolute. */
  readonly name: string;
  readonly type: string;
  /**
   * Makes the new record of the one that is there.
   * @param old undefined when there is none
   * @returns undefined: none
   * @throws whatever refuses the edit
   */
  readonly change: (old: JsonMap | undefined) => JsonMap | undefined;
  /** Only tells what would be. */
  readonly dryRun: boolean;
  /** Whether a zone with this digest may be edited. */
  readonly mayEdit: (digest: string) => boolean;
}

export type EditOutcome =
  /** No file of the folder is of the zone. */
  | { readonly kind: 'no-zone' }
  | { readonly kind: 'bad-name' }
  /** It is a master file. */
  | { readonly kind: 'read-only'; readonly file: string }
  | { readonly kind: 'stale'; readonly digest: string }
  /** Its layout does not let it be edited in place. */
  | { readonly kind: 'layout'; readonly file: string; readonly why: string }
  /** The zone would be wrong, or something else is. */
  | { readonly kind: 'wrong'; readonly diagnostics: readonly Diagnostic[]; readonly diff: string }
  | { readonly kind: 'unwritten'; readonly file: string; readonly why: string }
  | {
      readonly kind: 'edited';
      readonly file: string;
      /** Before and after; without `after` in a dry run. */
      readonly digest: string;
      readonly diff: string;
      readonly before: JsonMap | undefined;
      readonly after: JsonMap | undefined;
      readonly warnings: readonly Diagnostic[];
    };

/** Checks what zone files would have in them, by absolute path. */
export type CheckZones = (
  replaced: ReadonlyMap<string, Uint8Array>,
  diagnostics: Diagnostics,
) => Promise<void>;

/** Edits zone files of octoDNS YAML, one edit after the other. */
export class ZoneEditor {
  readonly #check: CheckZones;
  #last: Promise<unknown> = Promise.resolve();

  constructor(check: CheckZones) {
    this.#check = check;
  }

  /** @param folder of the zones; @param apex in wire form */
  edit(folder: string, apex: Uint8Array, edit: RecordEdit): Promise<EditOutcome> {
    const next = this.#last.then(() => this.#edit(folder, apex, edit));
    this.#last = next.catch(() => {});
    return next;
  }

  async #edit(folder: string, apex: Uint8Array, edit: RecordEdit): Promise<EditOutcome> {
    const zone = readZone(folder, apex);
    if (zone === undefined) return { kind: 'no-zone' };
    const master = zone.files.find(({ path }) => path.endsWith('.zone'));
    if (master !== undefined) return { kind: 'read-only', file: displayPath(master.path) };
    const owner = ownerOf(edit.name, zone.apex);
    if (owner === undefined) return { kind: 'bad-name' };
    if (!edit.mayEdit(zone.digest)) return { kind: 'stale', digest: zone.digest };
    let file = zone.files[0] as ZoneFileText;
    try {
      const isOwner = (key: string): boolean => isKeyOf(key, owner.name, zone.apex);
      const texts = zone.files.map((each) => {
        file = each;
        return { file: each, ...decode(each), found: undefined as readonly FoundRecord[] | undefined };
      });
      for (const each of texts) {
        file = each.file;
        each.found = findRecords(each.text, isOwner);
      }
      const holds = texts.find(({ found }) => found?.some(({ record }) => record.type === edit.type));
      const chosen =
        holds ??
        texts.find(({ found }) => found !== undefined) ??
        texts.find((each) => each.file === fileForNew(zone));
      if (chosen === undefined) {
        throw new LayoutError('the zone is split and has no file for a new name: add one by hand');
      }
      file = chosen.file;
      const before = withoutType(chosen.found?.find(({ record }) => record.type === edit.type)?.record);
      const after = edit.change(before);
      const text =
        after === undefined
          ? removeRecord(chosen.text, isOwner, edit.type)
          : putRecord(chosen.text, isOwner, owner.relative, { type: edit.type, ...after });
      const octets = Buffer.concat([chosen.mark, Buffer.from(text)]);
      const diff = lineDiff(displayPath(file.path), chosen.text, text);
      return await this.#write(zone, folder, file, octets, { diff, before, after }, edit);
    } catch (error) {
      if (!(error instanceof LayoutError)) throw error;
      return { kind: 'layout', file: displayPath(file.path), why: error.message };
    }
  }

  async #write(
    zone: ZoneOnDisk,
    folder: string,
    { path }: ZoneFileText,
    octets: Uint8Array,
    told: { diff: string; before: JsonMap | undefined; after: JsonMap | undefined },
    { dryRun }: RecordEdit,
  ): Promise<EditOutcome> {
    const diagnostics = new Diagnostics();
    await this.#check(new Map([[path, octets]]), diagnostics);
    if (diagnostics.hasErrors) return { kind: 'wrong', diagnostics: diagnostics.list, diff: told.diff };
    const file = displayPath(path);
    const edited = { kind: 'edited', file, ...told, warnings: diagnostics.list } as const;
    if (dryRun || told.diff === '') return { ...edited, digest: zone.digest };
    // Checking took its time, in which somebody may have edited by hand.
    const now = readZone(folder, zone.apex);
    if (now?.digest !== zone.digest) return { kind: 'stale', digest: now?.digest ?? '' };
    try {
      // What a symbolic link leads to is replaced, not the link.
      const target = await realpath(path);
      await replaceFile(target, octets, await stat(target));
    } catch (error) {
      return { kind: 'unwritten', file, why: (error as Error).message };
    }
    return { ...edited, digest: readZone(folder, zone.apex)?.digest ?? '' };
  }
}

/**
 * Reads the records of a name from the files of a zone.
 * @param type only this one
 * @throws LayoutError when they are there, but not written for themselves
 */
export function readRecords(zone: ZoneOnDisk, owner: Uint8Array): Map<string, RecordInFile> {
  const records = new Map<string, RecordInFile>();
  for (const file of zone.files) {
    if (file.path.endsWith('.zone')) continue;
    const { text } = decode(file);
    const source = new SourceFile(displayPath(file.path), text);
    for (const { record, at } of findRecords(text, (key) => isKeyOf(key, owner, zone.apex)) ?? []) {
      const { line } = source.position(at);
      const type = String(record.type);
      records.set(type, { record: withoutType(record) ?? {}, file: source.path, line });
    }
  }
  return records;
}

function withoutType(record: JsonMap | undefined): JsonMap | undefined {
  if (record === undefined) return undefined;
  const { type: _, ...rest } = record;
  return rest;
}

/** The text, and the byte order mark before it. */
function decode({ path, octets }: ZoneFileText): { text: string; mark: Uint8Array } {
  const source = decodeSource(path, octets, new Diagnostics());
  if (source === undefined) throw new LayoutError('it is not UTF-8');
  const marked = octets[0] === 0xef && octets[1] === 0xbb && octets[2] === 0xbf;
  return { text: source.text, mark: octets.subarray(0, marked ? 3 : 0) };
}

import { Diagnostics, type SourceFile } from '../config/diagnostics.js';
import { TYPE } from '../rr/rr-types.js';
import { readMasterInclude } from './master-include.js';
import { type MasterRecord, readMaster } from './master-reader.js';
import { nameKey, rdataKey } from './rdata-key.js';
import { addLine, cleanComment, RrCommentList, SOA_FIELDS, type ZoneComments } from './zone-comments.js';
import { ZoneLoad } from './zone-load.js';

/** Reads the comments of a master file without errors, and of those that it includes. */
export function readMasterComments(source: SourceFile, apex: Uint8Array): ZoneComments {
  const commented = new Map<string, RrCommentList>();
  const trailing: string[] = [];
  if (source.text.includes(';') || source.text.includes('$INCLUDE')) {
    const load = new ZoneLoad(apex, new Diagnostics());
    const lines = readMaster(load, source, readMasterInclude, (rr) => {
      if (rr.before.length === 0 && rr.comments.length === 0) return;
      const key = keyOf(rr.owner, rr.type, rr.rdata);
      // What is written twice is served once.
      if (!commented.has(key)) commented.set(key, commentsOf(rr));
    });
    for (const line of lines) addLine(trailing, cleanComment(line));
    while (trailing.at(-1) === '') trailing.pop();
  }
  return {
    head: [],
    trailing,
    of: (record) => {
      if (record.kind !== 'static' || commented.size === 0) return [];
      const { owner, type } = record;
      return record.rdata.map((rdata) => commented.get(keyOf(owner, type, rdata)) ?? new RrCommentList());
    },
  };
}

function keyOf(owner: Uint8Array, type: number, rdata: Uint8Array): string {
  return `${type} ${nameKey(owner)} ${rdataKey(type, rdata)}`;
}

/** Of a record over many lines that is no SOA, one comment has a place beside it; several go above. */
function commentsOf({ type, before, comments }: MasterRecord): RrCommentList {
  const list = new RrCommentList();
  for (const line of before) addLine(list.before, cleanComment(line));
  const texts = comments.filter(({ text }) => cleanComment(text) !== '');
  for (const { text, after } of texts) {
    if (type === TYPE.SOA) list.addBeside(cleanComment(text), Math.max(0, after));
    else if (texts.length === 1) list.addBeside(cleanComment(text), SOA_FIELDS);
    else addLine(list.before, cleanComment(text));
  }
  return list;
}

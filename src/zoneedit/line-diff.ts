/** Lines shown before and behind what changed, as `diff -u` has it. */
const CONTEXT = 3;

/** What an edit changed, as a unified diff of one hunk; empty when nothing did. */
export function lineDiff(path: string, before: string, after: string): string {
  if (before === after) return '';
  const old = linesOf(before);
  const now = linesOf(after);
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  const most = Math.min(old.length, now.length) - head;
  while (tail < most && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  const from = Math.max(0, head - CONTEXT);
  const behind = Math.min(CONTEXT, tail);
  const oldEnd = old.length - tail;
  const nowEnd = now.length - tail;
  const lines = [
    ...old.slice(from, head).map((line) => ` ${line}`),
    ...old.slice(head, oldEnd).map((line) => `-${line}`),
    ...now.slice(head, nowEnd).map((line) => `+${line}`),
    ...old.slice(oldEnd, oldEnd + behind).map((line) => ` ${line}`),
  ];
  const hunk = `@@ -${range(from, oldEnd + behind)} +${range(from, nowEnd + behind)} @@\n`;
  return `--- ${path}\n+++ ${path}\n${hunk}${lines.map(ended).join('')}`;
}

function linesOf(text: string): string[] {
  return text.split(/(?<=\n)/);
}

/** From 1; of no line, the one before it. */
function range(from: number, end: number): string {
  const count = end - from;
  return `${count === 0 ? from : from + 1},${count}`;
}

function ended(line: string): string {
  return line.endsWith('\n') ? line : `${line}\n\\ No newline at end of file\n`;
}

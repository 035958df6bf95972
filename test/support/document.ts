import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CHECKOUT } from './steerdns.js';

const run = promisify(execFile);

/** A command of a document, as it is typed. */
export interface Step {
  readonly command: string;
  /** What must be in the output: text in which `…` stands for anything. */
  readonly shows: readonly string[];
}

export interface Seen {
  readonly code: number;
  readonly output: string;
}

/** Reads a document of the checkout, or what is below one of its headings (`## TTLs`), up to the next of its level. */
export function readDocument(page: string, heading?: string): string {
  const text = readFileSync(join(CHECKOUT, page), 'utf8');
  if (heading === undefined) return text;
  const level = heading.replace(/ .*/, '');
  const [, below] = text.split(`\n${heading}\n`);
  if (below === undefined) throw new Error(`${page} has no heading ${heading}`);
  // Not `# `: output of commands has it.
  return below.split(new RegExp(`^#{2,${level.length}} `, 'm'))[0] ?? '';
}

/** Texts of the code blocks that begin with this after their backticks; '' for those with nothing there. */
export function blocksOf(text: string, language: string): string[] {
  const found = text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm);
  return [...found].filter(([, name]) => name === language).map(([, , body = '']) => body);
}

/** The commands of `sh` blocks, each with the `# ` lines below it, which say what it shows. */
export function stepsOf(text: string, language = 'sh'): Step[] {
  const steps: { command: string; shows: string[] }[] = [];
  for (const block of blocksOf(text, language)) {
    for (const line of block.trimEnd().split('\n')) {
      if (line.startsWith('# ')) steps.at(-1)?.shows.push(line.slice(2));
      else steps.push({ command: line, shows: [] });
    }
  }
  return steps;
}

/** Matches a line like the text, in which `…` stands for anything and a blank for any white space. */
export function toPattern(text: string): RegExp {
  const parts = text
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/ +/g, '[ \\t]+'));
  return new RegExp(`^${parts.join('.*')}\r?$`, 'm');
}

/** Types a line into a shell: as {@link Seen}, whether it works or not. */
export async function typeCommand(
  command: string,
  cwd: string,
  shell: readonly string[] = ['sh', '-c'],
): Promise<Seen> {
  const [program = 'sh', ...args] = shell;
  try {
    const { stdout, stderr } = await run(program, [...args, command], { cwd });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

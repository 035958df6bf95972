import { existsSync, statSync } from 'node:fs';
import { replaceFile } from '../background/replace-file.js';
import type { CommandIo, CommandLine, OptionSpec } from './command.js';

/** Options of commands that write a file. */
export const OUTPUT_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  output: { value: 'FILE', help: 'write to this file instead of the terminal' },
  force: { help: 'replace the file of --output when it is there' },
};

/**
 * Whether `--output` can be written; says why not. Asked before the work.
 */
export function mayWrite(line: CommandLine, io: CommandIo): boolean {
  const path = line.option('output');
  if (path === undefined || !existsSync(path)) return true;
  if (statSync(path).isDirectory()) io.err(`${path} is a folder; --output takes a file\n`);
  else if (line.isSet('force')) return true;
  else io.err(`${path} is there already, and was left as it is; --force replaces it\n`);
  return false;
}

/** Writes to `--output`, whole or not at all, else to standard output. @returns false after what is wrong was said */
export async function writeOutput(line: CommandLine, io: CommandIo, text: string): Promise<boolean> {
  const path = line.option('output');
  if (path === undefined) {
    io.out(text);
    return true;
  }
  try {
    await replaceFile(path, text);
    return true;
  } catch (error) {
    io.err(`${path} can't be written: ${(error as Error).message}\n`);
    return false;
  }
}

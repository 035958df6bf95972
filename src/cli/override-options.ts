import { duration } from '../config/fields.js';
import { type CommandLine, type OptionSpec, UsageError } from './command.js';

/** Options of every command that says something of members. */
export const OVERRIDE_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  for: { value: 'TIME', help: 'how long it holds: 90s, 30m, 2h (default: until it is taken back)' },
  until: { value: 'TIME', help: 'when it ends: 2027-01-31T18:00:00Z' },
  reason: { value: 'TEXT', help: 'why; status shows it' },
};

/**
 * What those options say, for the API.
 * @throws UsageError
 */
export function overrideOptions(line: CommandLine): Record<string, string> {
  const forText = line.option('for');
  const until = line.option('until');
  const reason = line.option('reason');
  if (forText !== undefined && until !== undefined) throw new UsageError('either --for or --until, not both');
  if (forText !== undefined && !anyDuration.safeParse(forText).success) {
    throw new UsageError(`--for must be a time such as 90s, 30m or 2h but is ${JSON.stringify(forText)}`);
  }
  return {
    ...(forText === undefined ? {} : { for: forText }),
    ...(until === undefined ? {} : { until }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** How long is for the instance to judge. */
const anyDuration = duration(0, Number.MAX_SAFE_INTEGER);

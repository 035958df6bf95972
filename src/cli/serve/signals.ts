import { spawn } from 'node:child_process';

interface SignalLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Calls back at the first SIGTERM or SIGINT, and ends the process at the second: what is under way is not waited for then. */
export function endBySignals(end: (signal: string) => void, log: SignalLog): void {
  let ending = false;
  const hear = (signal: string): void => {
    if (ending) {
      log.warn({ signal }, 'leaving at once');
      process.exit(1);
    }
    ending = true;
    end(signal);
  };
  process.on('SIGTERM', hear);
  process.on('SIGINT', hear);
}

/** Starts this program as it was started, to take over from this process: where it is the service of a manager, in its place. */
export function replaceOnDemand(log: SignalLog): () => void {
  let running = false;
  return () => {
    if (running) return;
    running = true;
    const args = process.argv.slice(1);
    if (!args.includes('--replace')) args.push('--replace');
    // Sockets come from this process, and the watchdog follows the main process.
    const {
      LISTEN_PID: _pid,
      LISTEN_FDS: _fds,
      LISTEN_FDNAMES: _names,
      WATCHDOG_PID: _dog,
      ...env
    } = process.env;
    const child = spawn(process.execPath, [...process.execArgv, ...args], { stdio: 'inherit', env });
    log.info({ pid: child.pid }, 'SIGUSR2: another process of this program is to take over');
    child.on('error', (error) => {
      running = false;
      log.warn({ err: error }, 'the program could not be started; this process goes on');
    });
    child.on('exit', (code, signal) => {
      running = false;
      log.warn({ code, signal }, 'the process that was to take over has ended; this one goes on');
    });
    child.unref();
  };
}

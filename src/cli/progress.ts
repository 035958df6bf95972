/** Shows on a terminal what long work is at; elsewhere nothing. */
export interface Progress {
  readonly step: (step: string) => void;
  /** Clears the line; nothing is shown from then on. */
  readonly done: () => void;
}

/** Work shorter than this shows nothing. */
const QUIET_MS = 2_000;

export function progressOn(stream: NodeJS.WriteStream): Progress {
  const startedAt = Date.now();
  let shown = false;
  let over = false;
  const clear = (): void => {
    if (shown) stream.write('\r\x1b[K');
  };
  return {
    step: (step) => {
      if (over || !stream.isTTY || Date.now() - startedAt < QUIET_MS) return;
      clear();
      stream.write(`${step} …`);
      shown = true;
    },
    done: () => {
      clear();
      over = true;
    },
  };
}

/**
 * Asks again and again until the answer is the wanted one: for what has no event to wait for, like a resolver's view.
 * @param limitMs far above what it takes: only a failing test waits for it
 * @throws with the last answer
 */
export async function until<T>(
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  limitMs = 15_000,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    if (performance.now() > deadline) {
      throw new Error(
        `not as wanted within ${limitMs} ms; the last answer:\n${JSON.stringify(answer, null, 2)}`,
      );
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

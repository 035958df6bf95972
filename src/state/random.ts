/**
 * A source of uniform uint32, fast and good enough to spread answers by (xorshift32, Marsaglia 2003). Not for secrets.
 * @param seed any number; the same seed gives the same sequence
 */
export function makeRandom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}

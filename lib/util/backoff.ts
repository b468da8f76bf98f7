/** Exponential backoff: a random pause between half the ceiling and the ceiling, which doubles with each try from 0. */
export function backoffMs(tries: number, firstMs: number, maxMs: number): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(tries, 30))
  return ceiling / 2 + Math.random() * (ceiling / 2)
}

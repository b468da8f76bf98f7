/** A rate limit with a burst: tokens refill steadily, and each command takes one. */
export interface TokenBucket {
  /** Takes one token. Returns 0 when there was one, else the milliseconds until there is one. */
  take(): number
}

export function createTokenBucket(
  perSecond: number,
  burst: number,
  now: () => number = () => performance.now(),
): TokenBucket {
  let tokens = burst
  let at = now()
  return {
    take: () => {
      const time = now()
      tokens = Math.min(burst, tokens + ((time - at) * perSecond) / 1000)
      at = time
      if (tokens >= 1) {
        tokens -= 1
        return 0
      }
      return Math.ceil(((1 - tokens) * 1000) / perSecond)
    },
  }
}

import { AppError } from '#lib/protocol/errors.ts'

/** So many wrong codes cost nothing: people mistype. */
const FREE_MISSES = 5
const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 60_000
/** An address that has missed nothing for so long begins anew. */
const FORGET_AFTER_MS = 10 * 60_000
/** Addresses remembered; beyond it the one that has missed least lately is forgotten. */
const ADDRESSES_MAX = 10_000

/**
 * Slows down who tries codes: after the first few, each miss of a client address makes it wait twice as long as the one
 * before.
 */
export interface Guesses {
  /** Throws `rate-limited` while the address has to wait, whatever code it brings. */
  checkMayGuess(address: string): void
  missed(address: string): void
}

interface Misses {
  count: number
  at: number
}

export function createGuesses(now: () => number = Date.now): Guesses {
  const byNetwork = new Map<string, Misses>()
  const waitOf = ({ count, at }: Misses): number => {
    if (count < FREE_MISSES) return 0
    return at + Math.min(FIRST_WAIT_MS * 2 ** (count - FREE_MISSES), LONGEST_WAIT_MS) - now()
  }
  const known = (network: string): Misses | undefined => {
    const misses = byNetwork.get(network)
    return misses && now() - misses.at < FORGET_AFTER_MS ? misses : undefined
  }
  return {
    checkMayGuess: (address) => {
      const misses = known(networkOf(address))
      const retryAfterMs = misses ? waitOf(misses) : 0
      if (retryAfterMs > 0) throw new AppError('rate-limited', 'too many wrong codes', { retryAfterMs })
    },
    missed: (address) => {
      const network = networkOf(address)
      const count = (known(network)?.count ?? 0) + 1
      byNetwork.delete(network)
      byNetwork.set(network, { count, at: now() })
      for (const oldest of byNetwork.keys()) {
        if (byNetwork.size <= ADDRESSES_MAX) break
        byNetwork.delete(oldest)
      }
    },
  }
}

/** One machine has a whole network of IPv6 addresses, so those of a /64 count as one. */
export function networkOf(address: string): string {
  const bare = address.replace(/%.*$/, '').toLowerCase()
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)
  if (mapped?.[1] !== undefined) return mapped[1]
  if (!bare.includes(':')) return bare
  const [head = '', tail] = bare.split('::')
  const groups = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length)
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...after]
  return `${all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}

import { randomBytes } from 'node:crypto'

/** Messages without an id whose copies may still arrive at other subscribers: enough for some seconds of traffic. */
const COPIES_MAX = 10_000

interface Copy {
  name: string
  at: number
  seenBy: Set<string>
}

/**
 * Names for messages without an id that an exchange copies to several subscribers. Nothing on a copy tells of the others,
 * so they are matched by body and order: what one subscriber sees as its nth of such bodies is the nth of the others.
 * Two such messages with equal bodies may swap names, which nobody can tell.
 */
export interface Copies {
  /** `since`: when this subscriber was bound, milliseconds since the epoch; what others got before is not for it. */
  nameOf(exchange: string, consumer: string, since: number, fingerprint: string): string
}

export function createCopies(now: () => number): Copies {
  const run = randomBytes(6).toString('base64url')
  const known = new Map<string, Copy[]>()
  let count = 0
  let held = 0

  const forgetOldest = () => {
    const [oldest] = known.keys()
    if (oldest === undefined) return
    const copies = known.get(oldest) ?? []
    copies.shift()
    held -= 1
    if (copies.length === 0) known.delete(oldest)
  }
  return {
    nameOf: (exchange, consumer, since, fingerprint) => {
      const key = `${exchange} ${fingerprint}`
      const copies = known.get(key) ?? []
      const copy = copies.find(({ at, seenBy }) => at >= since && !seenBy.has(consumer))
      if (copy) {
        copy.seenBy.add(consumer)
        return copy.name
      }
      const name = `rabbitmq:${exchange}:unnamed-${run}-${++count}`
      copies.push({ name, at: now(), seenBy: new Set([consumer]) })
      known.set(key, copies)
      held += 1
      if (held > COPIES_MAX) forgetOldest()
      return name
    },
  }
}

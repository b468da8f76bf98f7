import { createHash, randomBytes } from 'node:crypto'

/** Messages without an id that went back unsettled and may come again: enough for many full prefetch windows. */
const RELEASED_MAX = 10_000

/**
 * Names for messages, the same at every consumer and redelivery as far as AMQP allows. A message with an id is named by
 * it. One without (many programs set none) gets a fresh name at its first arrival; when it went back unsettled, the next
 * redelivered one with the same body in that queue takes that name over. Two such messages with equal bodies may swap
 * names, which nobody can tell.
 */
export interface Identities {
  of(queue: string, messageId: string | null, redelivered: boolean, body: Uint8Array): string
  /** A message without an id went back to the queue. */
  release(queue: string, fingerprint: string, identity: string): void
}

/** What two bodies are compared by. */
export const fingerprintOf = (body: Uint8Array): string => createHash('sha1').update(body).digest('base64')

export function createIdentities(): Identities {
  const run = randomBytes(6).toString('base64url')
  const released = new Map<string, string[]>()
  let count = 0
  let releasedCount = 0

  const takeReleased = (key: string): string | undefined => {
    const names = released.get(key)
    const name = names?.shift()
    if (name !== undefined) releasedCount -= 1
    if (names?.length === 0) released.delete(key)
    return name
  }
  return {
    of: (queue, messageId, redelivered, body) => {
      if (messageId !== null) return `rabbitmq:${queue}:${messageId}`
      const known =
        redelivered && released.size > 0 ? takeReleased(`${queue} ${fingerprintOf(body)}`) : undefined
      return known ?? `rabbitmq:${queue}:unnamed-${run}-${++count}`
    },
    release: (queue, fingerprint, identity) => {
      const key = `${queue} ${fingerprint}`
      const names = released.get(key)
      if (names) names.push(identity)
      else released.set(key, [identity])
      releasedCount += 1
      while (releasedCount > RELEASED_MAX) {
        const [oldest] = released.keys()
        if (oldest === undefined) return
        takeReleased(oldest)
      }
    },
  }
}

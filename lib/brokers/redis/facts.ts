import { z } from 'zod'
import { type FanoutFacts, fanoutFacts } from '#lib/protocol/facts.ts'
import type { Link } from './link.ts'
import { asOperationError } from './reasons.ts'
import type { Subscriber } from './subscriber.ts'

/** PUBSUB NUMSUB answers `[channel, count]`. */
const numsub = z.tuple([z.string(), z.coerce.number()])
const answers = z.union([
  z.tuple([z.tuple([z.null(), numsub])]),
  z.tuple([z.tuple([z.null(), numsub]), z.tuple([z.null(), z.string()])]),
])

/**
 * A channel's facts in one round trip: PUBSUB NUMSUB, and what Redis holds for each of our subscribers, by CLIENT LIST
 * (`omem`, its list of replies, and `obl`, its fixed buffer; redis.io/docs/latest/commands/client-list). The figures
 * stay 0 while the kernel's socket buffers take the bytes, which is up to about 4 MB. Throws AppError.
 */
export async function readFacts(
  { redis }: Link,
  channel: string,
  subscribers: Subscriber[],
): Promise<FanoutFacts> {
  const asked = subscribers.flatMap((subscriber) =>
    subscriber.clientId === undefined ? [] : [{ subscriber, clientId: subscriber.clientId }],
  )
  const pipeline = redis.pipeline().call('PUBSUB', 'NUMSUB', channel)
  if (asked.length > 0)
    pipeline.call('CLIENT', 'LIST', 'ID', ...asked.map(({ clientId }) => String(clientId)))
  const [counted, listed] = await pipeline
    .exec()
    .then((replies) => answers.parse(replies))
    .catch((error: unknown) => {
      throw asOperationError(error)
    })
  const held = bytesByClient(listed?.[1] ?? '')
  const outputBuffers = asked.flatMap(({ subscriber, clientId }) => {
    const bytes = held.get(clientId)
    if (bytes !== undefined) return [{ consumer: subscriber.spec.name, bytes }]
    subscriber.missedByBroker(clientId)
    return []
  })
  return fanoutFacts({ subscribers: counted[1][1], outputBuffers })
}

function bytesByClient(list: string): Map<number, number> {
  const field = (line: string, key: string) => Number(new RegExp(`\\b${key}=(\\d+)`).exec(line)?.[1] ?? 0)
  const lines = list.split('\n').filter((line) => line.startsWith('id='))
  return new Map(lines.map((line) => [field(line, 'id'), field(line, 'omem') + field(line, 'obl')]))
}

import { z } from 'zod'
import { type FanoutFacts, fanoutFacts } from '#lib/protocol/facts.ts'
import { matchesGlob } from './glob.ts'
import type { Link } from './link.ts'
import { asOperationError } from './reasons.ts'
import type { Subscriber } from './subscriber.ts'

/** PUBSUB NUMSUB answers `[channel, count]`. */
const numsub = z.tuple([z.string(), z.coerce.number()])
const numpat = z.tuple([z.null(), z.coerce.number()])
const answers = z.union([
  z.tuple([z.tuple([z.null(), numsub]), numpat]),
  z.tuple([z.tuple([z.null(), numsub]), numpat, z.tuple([z.null(), z.string()])]),
])

/**
 * A channel's facts in one round trip: PUBSUB NUMSUB, which counts subscriptions by name, PUBSUB NUMPAT, and what Redis
 * holds for each of our subscribers, by CLIENT LIST (`omem`, its list of replies, and `obl`, its fixed buffer;
 * redis.io/docs/latest/commands/client-list). The figures stay 0 while the kernel's socket buffers take the bytes, which
 * is up to about 4 MB. Throws AppError.
 */
export async function readFacts({ redis }: Link, channel: string, all: Subscriber[]): Promise<FanoutFacts> {
  const asked = all.flatMap((subscriber) =>
    subscriber.spec.address !== channel || subscriber.clientId === undefined
      ? []
      : [{ subscriber, clientId: subscriber.clientId }],
  )
  const pipeline = redis.pipeline().call('PUBSUB', 'NUMSUB', channel).call('PUBSUB', 'NUMPAT')
  if (asked.length > 0)
    pipeline.call('CLIENT', 'LIST', 'ID', ...asked.map(({ clientId }) => String(clientId)))
  const [counted, patterns, listed] = await pipeline
    .exec()
    .then((replies) => answers.parse(replies))
    .catch((error: unknown) => {
      throw asOperationError(error)
    })
  const held = bytesByClient(listed?.[1] ?? '')
  const known = asked.filter(({ clientId }) => held.has(clientId))
  for (const { subscriber, clientId } of asked) if (!held.has(clientId)) subscriber.missedByBroker(clientId)
  const subscribers = counted[1][1]
  const byName = known.filter(({ subscriber }) => subscriber.glob === null).length
  return fanoutFacts({
    subscribers,
    outside: Math.max(0, subscribers - byName),
    patterns: patternsFor(channel, all, patterns[1]),
    outputBuffers: known.map(({ subscriber, clientId }) => ({
      consumer: subscriber.spec.name,
      bytes: held.get(clientId) ?? 0,
    })),
  })
}

/**
 * Subscriptions by pattern that have to do with this channel: its own consumers' and others of ours that match it. Redis
 * tells only how many different patterns there are: where those are more than ours, which may match or not, it is null.
 */
function patternsFor(channel: string, all: readonly Subscriber[], different: number): number | null {
  const ours = all.filter(({ glob, clientId }) => glob !== null && clientId !== undefined)
  if (different > new Set(ours.map(({ glob }) => glob)).size) return null
  return ours.filter(({ glob, spec }) => spec.address === channel || matchesGlob(glob ?? '', channel)).length
}

function bytesByClient(list: string): Map<number, number> {
  const field = (line: string, key: string) => Number(new RegExp(`\\b${key}=(\\d+)`).exec(line)?.[1] ?? 0)
  const lines = list.split('\n').filter((line) => line.startsWith('id='))
  return new Map(lines.map((line) => [field(line, 'id'), field(line, 'omem') + field(line, 'obl')]))
}

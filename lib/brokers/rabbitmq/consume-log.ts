import type { ConsumeMessage } from 'amqplib'
import type { Seek } from '#lib/protocol/commands.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { ConsumerSpec, Delivery } from '../contract.ts'
import type { Processing } from '../kit/simulated-processing.ts'
import type { ConsumeStrategy } from './consume-strategy.ts'
import { NO_DEAD_LETTERS } from './managed-destination.ts'
import { type Claims, claimsOf } from './metadata.ts'
import { parsed, type ReaderSettings, readerSettings } from './settings.ts'
import type { Topology } from './topology.ts'

/** A value of `x-stream-offset` (rabbitmq.com/docs/streams#consuming). */
type BrokerOffset = 'first' | 'last' | number | { '!': 'timestamp'; value: number }
/** Where a subscription starts; `end`: what the end is at that moment. */
type Start = { at: 'end' } | { at: 'broker'; offset: BrokerOffset }

interface LogParts {
  topology: Topology
  /** The offset of the newest message of a stream; null when it is empty. Throws the raw error. */
  newestOf(stream: string): Promise<number | null>
}

const MS_PER_S = 1_000

/**
 * A reader of a stream, which keeps its own position: after a loss and after a pause it reads on from the next offset, so
 * that nothing is missed and nothing comes twice. Throws AppError `invalid`.
 */
export function createLogStrategy(
  { address, settings: first }: ConsumerSpec,
  parts: LogParts,
): ConsumeStrategy {
  let settings = parsed(readerSettings, first, 'reader')
  /** Where its next subscription starts; null: where the last one ended. */
  let pending: Start | null = startOf(settings)
  let start: BrokerOffset = 'first'
  let next: number | null = null
  let highest = -1
  let seeks = 0
  let processing = processingOf(settings)

  const move = (to: Start) => {
    pending = to
    seeks += 1
  }
  const resolveStart = async (to: Start) => {
    // The end is turned into an offset first: then it has a position even when it is lost before it reads anything.
    const newest = to.at === 'end' ? await parts.newestOf(address) : null
    next = newest === null ? null : newest + 1
    start = to.at === 'end' ? 'first' : to.offset
  }
  return {
    noun: 'reader',
    settingsSchema: readerSettings,
    settles: false,
    pausesByCancel: true,
    afterLoss: 'read-on',
    identityKey: address,
    get processing() {
      return processing
    },
    ensure: (cause) => parts.topology.ensure(address, 'log', cause),
    prepare: async () => {
      const to = pending
      if (to === null) return
      await resolveStart(to)
      if (pending === to) pending = null
    },
    subscription: () => ({
      queue: address,
      prefetch: settings.prefetch,
      noAck: false,
      seeks,
      arguments: { 'x-stream-offset': next ?? start },
    }),
    describe: (message, delivery) => {
      const claims = claimsOf(message.properties)
      const offset = claims.streamOffset
      if (offset === undefined || (next !== null && offset < next)) return null
      const isAgain = offset <= highest
      next = offset + 1
      highest = Math.max(highest, offset)
      return describeEntry(message, claims, { address, offset, isAgain }, delivery)
    },
    deadLetterPolicy: () => NO_DEAD_LETTERS,
    update: (given) => {
      const before = settings
      const after = parsed(readerSettings, given, 'reader')
      const to = startOf(after)
      settings = after
      processing = processingOf(after)
      if (after.from !== before.from || after.offset !== before.offset) move(to)
    },
    startOver: () => {
      highest = -1
      move({ at: 'broker', offset: 'first' })
    },
    seek: (position) => move(seekTo(position)),
    position: () => (pending === null ? next : null),
  }
}

const processingOf = ({ processingMs }: ReaderSettings): Processing => ({
  ackMode: 'automatic',
  processingMs,
  failurePercent: 0,
  onFailure: 'requeue',
})

function describeEntry(
  { content }: ConsumeMessage,
  claims: Claims,
  { address, offset, isAgain }: { address: string; offset: number; isAgain: boolean },
  delivery: number,
): Delivery {
  return {
    type: 'delivered',
    delivery,
    messageId: claims.messageId,
    identity: `rabbitmq:${address}:${offset}`,
    body: content,
    headers: claims.headers,
    sender: claims.sender,
    attempt: isAgain ? null : 1,
    redelivered: isAgain,
    address: { kind: 'entry', stream: address, id: String(offset) },
    inHand: false,
    at: now(),
  }
}

const fromTime = (ms: number): Start => ({
  at: 'broker',
  // The broker counts in whole seconds: rounding down reads up to one second more, and misses nothing.
  offset: { '!': 'timestamp', value: Math.floor(ms / MS_PER_S) },
})

function startOf({ from, offset }: ReaderSettings): Start {
  switch (from) {
    case 'first':
    case 'last':
      return { at: 'broker', offset: from }
    case 'next':
      return { at: 'end' }
    case 'number':
      return { at: 'broker', offset: offsetOf(offset) }
    case 'timestamp':
      return fromTime(timeOf(offset))
    default:
      return unreachable(from)
  }
}

function seekTo(position: Seek): Start {
  switch (position.to) {
    case 'earliest':
      return { at: 'broker', offset: 'first' }
    case 'latest':
      return { at: 'end' }
    case 'offset':
      return { at: 'broker', offset: offsetOf(position.offset) }
    case 'time':
      return fromTime(position.at)
    default:
      return unreachable(position)
  }
}

function offsetOf(text: string): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(value)) return value
  throw new AppError('invalid', `"${text}" is no offset of a RabbitMQ stream: those are whole numbers from 0`)
}

/** A date and time, or milliseconds since the epoch. */
function timeOf(text: string): number {
  const trimmed = text.trim()
  const value = /^\d+$/.test(trimmed) ? Number(trimmed) : Date.parse(trimmed)
  if (Number.isFinite(value)) return value
  throw new AppError('invalid', `"${text}" is no time; one looks like 2026-11-26T09:30:00Z`)
}

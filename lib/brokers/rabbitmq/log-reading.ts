import type { ConsumeMessage } from 'amqplib'
import type { Seek } from '#lib/protocol/commands.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { ConsumerSpec, Delivery } from '../contract.ts'
import { type ReaderSettings, readerSettings } from './manifest-log.ts'
import { type Claims, claimsOf } from './metadata.ts'
import type { Reading, Work } from './reading.ts'
import { parsed } from './settings.ts'
import type { Topology } from './topology.ts'

/** Where to begin, as `x-stream-offset` has it (rabbitmq.com/docs/streams#consuming); `end`: what is the end now. */
type BrokerOffset = 'first' | 'last' | number | { '!': 'timestamp'; value: number }
type Start = { at: 'end' } | { at: 'broker'; offset: BrokerOffset }

interface LogParts {
  topology: Topology
  /** The offset of the newest message of a stream; null when it is empty. Throws the raw error. */
  newestOf(stream: string): Promise<number | null>
}

const NO_FATE = { deadLetters: null, deliveryLimit: null }
const MS_PER_S = 1_000

/**
 * A reader of a stream, which keeps its own place: after any loss, and after a pause, it reads on from the next offset,
 * so that nothing is missed and nothing comes twice. Throws AppError `invalid`.
 */
export function createLogReading({ address, settings: first }: ConsumerSpec, parts: LogParts): Reading {
  let settings = parsed(readerSettings, first, 'reader')
  /** Where it is to begin once what it was subscribed to has ended. */
  let moved: Start | null = startOf(settings)
  let start: BrokerOffset = 'first'
  let next: number | null = null
  let highest = -1
  let placed = 0
  let work = workOf(settings)

  const move = (to: Start) => {
    moved = to
    placed += 1
  }
  const settle = async (to: Start) => {
    // "next" is turned into a number first: then it has a place even when it is lost before it read anything.
    const newest = to.at === 'end' ? await parts.newestOf(address) : null
    next = newest === null ? null : newest + 1
    start = to.at === 'end' ? 'first' : to.offset
  }
  return {
    settles: false,
    pausesByCancel: true,
    afterLoss: 'read-on',
    identityKey: address,
    get work() {
      return work
    },
    ensure: (occasion) => parts.topology.ensure(address, 'log', occasion),
    prepare: async () => {
      const to = moved
      if (to === null) return
      await settle(to)
      if (moved === to) moved = null
    },
    subscription: () => ({
      queue: address,
      prefetch: settings.prefetch,
      noAck: false,
      placed,
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
    fate: () => NO_FATE,
    accept: (given) => {
      const before = settings
      const after = parsed(readerSettings, given, 'reader')
      const to = startOf(after)
      settings = after
      work = workOf(after)
      if (after.from !== before.from || after.offset !== before.offset) move(to)
    },
    startOver: () => {
      highest = -1
      move({ at: 'broker', offset: 'first' })
    },
    seek: (position) => move(seekTo(position)),
    position: () => (moved === null ? next : null),
  }
}

const workOf = ({ processingMs }: ReaderSettings): Work => ({
  acks: 'automatic',
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

const secondsOf = (ms: number): Start => ({
  at: 'broker',
  // The broker counts in whole seconds: up to one second more is read, rather than less.
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
      return { at: 'broker', offset: numberIn(offset) }
    case 'timestamp':
      return secondsOf(timeIn(offset))
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
      return { at: 'broker', offset: numberIn(position.offset) }
    case 'time':
      return secondsOf(position.at)
    default:
      return unreachable(position)
  }
}

function numberIn(text: string): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(value)) return value
  throw new AppError('invalid', `"${text}" is no offset of a RabbitMQ stream: those are whole numbers from 0`)
}

/** A date and time, or milliseconds since the epoch. */
function timeIn(text: string): number {
  const trimmed = text.trim()
  const value = /^\d+$/.test(trimmed) ? Number(trimmed) : Date.parse(trimmed)
  if (Number.isFinite(value)) return value
  throw new AppError('invalid', `"${text}" is no time; one looks like 2026-11-26T09:30:00Z`)
}

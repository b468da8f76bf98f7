import {
  type Facts,
  type FanoutFacts,
  fanoutFacts,
  type LogFacts,
  logFacts,
  type QueueFacts,
  queueFacts,
} from '#lib/protocol/facts.ts'
import type { Mode } from '#lib/protocol/names.ts'
import { now } from '#lib/util/clock.ts'
import type { ConsumerSpec, DriverLog } from '../contract.ts'
import { wordsOf } from '../kit/failures.ts'
import { IntervalCache } from '../kit/interval-cache.ts'
import type { ConsumeStrategy } from './consume-strategy.ts'
import type { Control } from './control.ts'
import { unroutedOf } from './exchange.ts'
import { goneError, isKindFor, isNoStream, isNoSuchQueue, replacedError } from './failures.ts'
import type { ManagedDestination } from './managed-destination.ts'
import type { FoundBinding, Management } from './management.ts'
import type { OwnConsumers, OwnQueues } from './own-consumers.ts'
import { deadLettersOf } from './queue-arguments.ts'
import { newestOffset, oldestOffset } from './stream-offsets.ts'
import type { Topology } from './topology.ts'

/** A quorum queue counts its messages at its ticks, every 5 s unless `quorum_tick_interval` differs, which no API says. */
const QUORUM_TICK_MS = 5_000
/** Retention alone moves the oldest message, a segment at a time; seeing that some seconds later harms nobody. */
const OLDEST_EVERY_MS = 5_000

/** A consumer of this process, as far as facts need it. */
interface OwnConsumer {
  readonly spec: ConsumerSpec
  readonly strategy: Pick<ConsumeStrategy, 'subscriptionParameters' | 'position' | 'isUnboundIn'>
  checkBinding(bindings: readonly FoundBinding[], asked: number): Promise<void>
}

export interface FactsSources {
  control: Control
  management: Management
  topology: Topology
  ownConsumers: OwnConsumers
  ownQueues: OwnQueues
  log: DriverLog
  consumers: { of(address: string): OwnConsumer[] }
}

/**
 * Reads a destination's facts from the broker: from AMQP what it says, the rest from the management API, without which it
 * is null or empty.
 */
export class FactsReader {
  readonly #sources: FactsSources
  /** The offset of each stream's oldest message; null: it is empty. */
  readonly #oldest = new IntervalCache<number | null>()

  constructor(sources: FactsSources) {
    this.#sources = sources
  }

  /** Throws AppError `destination-not-found` when the destination is gone, or is another kind of thing by now. */
  async read(address: string): Promise<Facts> {
    const destination = this.#sources.topology.of(address)
    const facts = await this.#readAs(destination?.spec.mode, address)
    destination?.noteFound()
    return facts
  }

  #readAs(mode: Mode | undefined, address: string): Promise<Facts> {
    switch (mode) {
      case 'fanout':
        return readExchange(this.#sources, address)
      case 'log':
        return this.#readStream(address)
      default:
        return readQueue(this.#sources, address)
    }
  }

  /**
   * A stream's ends are read from the stream itself: the management API's count is up to 5 s old and says nothing of
   * offsets. `end` is one more than the highest offset that is there or that a reader of this process got.
   */
  async #readStream(address: string): Promise<LogFacts> {
    const { control, topology, consumers } = this.#sources
    const managed = topology.of(address)
    const ends = [this.#oldestOf(address), newestOffset(control, address)] as const
    const [low, newest] = await Promise.all(ends).catch((error: unknown) => {
      if (managed && isNoStream(error)) foundReplaced(managed)
      return inPlainWords(address)(error)
    })
    const readers = consumers
      .of(address)
      .map(({ spec, strategy }) => ({ consumer: spec.name, next: strategy.position }))
    const end = Math.max(low, (newest ?? -1) + 1, ...readers.map(({ next }) => next ?? 0))
    return logFacts({
      partitions: [{ partition: 0, low: String(low), end: String(end) }],
      readers: readers.map(({ consumer, next }) => ({
        consumer,
        position: next === null ? null : String(next),
        lag: next === null ? null : end - next,
      })),
      retentionMs: managed?.retentionMs ?? null,
    })
  }

  async #oldestOf(address: string): Promise<number> {
    const read = () => oldestOffset(this.#sources.control, address)
    return (await this.#oldest.get(address, OLDEST_EVERY_MS, read, (offset) => offset !== null)) ?? 0
  }
}

/**
 * Consumers come from a passive declaration, ready and unacknowledged from the management API, which alone knows the
 * latter. Without that API `unacked` is null, and the passive declaration's message count is `ready`. That holds for a
 * quorum queue too: its counts in that API are as old as its last tick, as `unackedMaxAgeMs` says of `unacked`.
 */
async function readQueue(sources: FactsSources, address: string): Promise<QueueFacts> {
  const { management, topology, ownConsumers } = sources
  const managed = topology.of(address)
  const ownBefore = ownConsumers.countAt(address)
  const [passive, totals, deadLetters] = await Promise.all([
    checkQueue(sources, address),
    management.totals(address),
    deadLettersFacts(sources, address),
  ])
  if (managed && totals?.type && !isKindFor(managed.spec.mode, totals.type)) foundReplaced(managed)
  const isQuorum = managed?.type === 'quorum'
  const own = Math.max(ownBefore, ownConsumers.countAt(address))
  return queueFacts({
    ready: (isQuorum ? null : totals?.messages_ready) ?? passive.messageCount,
    unacked: totals?.messages_unacknowledged ?? null,
    unackedMaxAgeMs: isQuorum && totals ? QUORUM_TICK_MS : null,
    consumers: passive.consumerCount,
    outside: Math.max(0, passive.consumerCount - own),
    durable: totals?.durable ?? managed?.durable ?? null,
    deadLetters,
  })
}

/** What has its name on the broker was not declared here: what is sent to that, or read of it, is another program's. */
function foundReplaced(destination: ManagedDestination): never {
  const { mode, address } = destination.spec
  destination.gone = replacedError(mode, address)
  throw destination.gone
}

/** Only for dead letters that this driver manages: other queues' may go anywhere. */
async function deadLettersFacts(sources: FactsSources, address: string): Promise<QueueFacts['deadLetters']> {
  const { topology, management, log } = sources
  if (!topology.of(address)?.sideQueue) return null
  const queue = deadLettersOf(address)
  const totals = await management.totals(queue)
  if (totals?.messages_ready !== undefined) return { queue, ready: totals.messages_ready }
  const passive = await checkQueue(sources, queue).catch((error: unknown) => {
    // Its count is null then; the facts of the queue itself do not fail with it.
    log.debug(
      { code: 'dead-letters-unknown', queue, reason: wordsOf(error) },
      'dead letters were not counted',
    )
    return null
  })
  return { queue, ready: passive?.messageCount ?? null }
}

/** Throws AppError, `destination-not-found` for a queue that is gone. */
const checkQueue = ({ control }: FactsSources, queue: string) =>
  control.withChannel((channel) => channel.checkQueue(queue)).catch(inPlainWords(queue))

const inPlainWords = (queue: string) => (error: unknown) => {
  throw isNoSuchQueue(error) ? goneError('queue', queue) : error
}

/**
 * All from the management API, as AMQP says nothing of bindings. An exchange found to be gone is declared anew, so that
 * its subscribers bind again; so do those whose binding is missing. A queue with several bindings counts once.
 */
async function readExchange(sources: FactsSources, address: string): Promise<FanoutFacts> {
  const { control, management, topology, ownQueues } = sources
  if (!(await control.exists('exchange', address))) {
    if (!topology.of(address)) throw goneError('exchange', address)
    await topology.ensure(address, 'fanout', null)
  }
  const asked = now()
  const found = await management.bindings(address)
  if (found) await bindAgainWhereUnbound(sources, address, found, asked)
  const bindings = (found ?? []).map((one) => bindingFacts(one, ownQueues.get(one.destination) ?? null))
  const queues = new Set((found ?? []).filter(isToQueue).map(({ destination }) => destination))
  const outside = [...queues].filter((queue) => ownQueues.get(queue) === undefined)
  return fanoutFacts({
    subscribers: found && queues.size,
    outside: found && outside.length,
    outputBuffers: [],
    waiting: await waitingFacts(sources, address),
    bindings,
    unrouted: await unroutedFacts(sources, address),
  })
}

/** A binding goes with its exchange, which the broker does not report; another program may have made one of another type since. */
async function bindAgainWhereUnbound(
  { consumers, topology }: FactsSources,
  address: string,
  found: readonly FoundBinding[],
  asked: number,
): Promise<void> {
  const unbound = consumers.of(address).filter(({ strategy }) => strategy.isUnboundIn(found, asked))
  if (unbound.length === 0) return
  await topology.replaced(address)
  for (const consumer of unbound) await consumer.checkBinding(found, asked)
}

const isToQueue = (one: FoundBinding): boolean => one.destination_type === 'queue'

function bindingFacts(one: FoundBinding, consumer: string | null) {
  const given = Object.entries(one.arguments).map(([name, value]) => `${name}=${String(value)}`)
  const argumentsText = given.length === 0 ? {} : { arguments: given.join(', ') }
  return { consumer, to: one.destination, key: one.routing_key, ...argumentsText }
}

/** How many messages are in each subscriber's exclusive queue, ready or unacked. */
const waitingFacts = ({ consumers, management }: FactsSources, address: string) =>
  Promise.all(
    consumers.of(address).map(async ({ spec, strategy }) => {
      const totals = await management.totals(strategy.subscriptionParameters().queue)
      const { messages_ready: ready, messages_unacknowledged: unacked } = totals ?? {}
      const messages = ready === undefined || unacked === undefined ? null : ready + unacked
      return { consumer: spec.name, messages }
    }),
  )

async function unroutedFacts(
  { topology, management }: FactsSources,
  address: string,
): Promise<FanoutFacts['unrouted']> {
  if (!topology.of(address)?.sideQueue) return null
  const queue = unroutedOf(address)
  return { queue, ready: (await management.totals(queue))?.messages_ready ?? null }
}

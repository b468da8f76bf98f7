import type {
  AttachedConsumer,
  BrowsedPage,
  BrowseRequest,
  ConsumerEvent,
  ConsumerSpec,
  CreateDriver,
  Declared,
  DestinationSpec,
  Driver,
  DriverFault,
  DriverOptions,
  DriverStatus,
  OutgoingMessage,
  Receipt,
} from '#lib/brokers/contract.ts'
import { BrokerSession } from '#lib/brokers/kit/broker-session.ts'
import { createConsumers } from '#lib/brokers/kit/consumers.ts'
import { countdown, succeedsWithin } from '#lib/brokers/kit/deadlines.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Facts } from '#lib/protocol/facts.ts'
import type { FoundDestinations } from '#lib/protocol/found-destinations.ts'
import { createSignal, type Unsubscribe } from '#lib/util/emitter.ts'
import { browse } from './browse.ts'
import { ANSWER_TIMEOUT_MS, type Connection, type ConnectionPair, openPair } from './connection.ts'
import type { DriverParts, RedisConsumer } from './consume.ts'
import { failures, orAppError } from './failures.ts'
import { listKeys } from './key-list.ts'
import { manifest } from './manifest.ts'
import { Topology } from './topology.ts'
import { watchWrites } from './writes.ts'

/** How long closing may take altogether before what is left is cut. */
const CLOSE_DEADLINE_MS = 5_000

/** The driver's own two connections: PUBLISH, XADD and LPUSH on one, everything else on the other. */
interface DriverConnections extends ConnectionPair {
  readonly publisher: Connection
  readonly questions: Connection
  readonly version: string
}

async function openDriverConnections(
  { url, security, clientName }: DriverOptions,
  signal: AbortSignal,
): Promise<DriverConnections> {
  const optionsFor = (part: string) => {
    return { url, security, name: `${clientName}:${part}`, answerTimeoutMs: ANSWER_TIMEOUT_MS, signal }
  }
  const pair = await openPair(optionsFor('publisher'), optionsFor('questions'))
  return { ...pair, publisher: pair.first, questions: pair.second, version: pair.first.version }
}

/**
 * Redis: every PUBLISH, XADD and LPUSH runs on one connection, questions on another, and each consumer has connections of
 * its own. Nothing is queued by this driver, or sent twice by anybody.
 */
class RedisDriver implements Driver {
  readonly manifest = manifest
  readonly #session: BrokerSession<DriverConnections>
  readonly #consumers = createConsumers<RedisConsumer>()
  /** Receipts that are still to come: closing waits for them. */
  readonly #receipts = new Set<Promise<Receipt>>()
  readonly #faults = createSignal<DriverFault>()
  readonly #parts: DriverParts
  readonly #topology: Topology
  #isClosing = false
  #closing: Promise<void> | undefined

  constructor(options: DriverOptions) {
    this.#session = new BrokerSession<DriverConnections>({
      label: 'Redis',
      log: options.log,
      failures,
      establish: (signal) => openDriverConnections(options, signal),
      onUp: ({ questions }) => {
        for (const consumer of this.#consumers.all()) consumer.brokerIsBack()
        void watchWrites(questions, (reason) =>
          this.#session.setBlocked(reason === null ? null : `streams and lists are refused: ${reason}`),
        )
      },
    })
    this.#parts = {
      ...options,
      consumers: this.#consumers,
      onFault: this.#faults.emit,
      publisher: () => this.#connections().publisher,
      questions: () => this.#connections().questions,
    }
    this.#topology = new Topology(this.#parts)
  }

  open(): void {
    this.#session.open()
  }

  retry(): void {
    this.#session.retry()
  }

  get status(): DriverStatus {
    return this.#session.status
  }

  onStatus(listener: (status: DriverStatus) => void): Unsubscribe {
    return this.#session.onStatus(listener)
  }

  /** A group of Redis has no members with shares of their own: the worker that asks next gets the next entry. */
  onAssignment(): Unsubscribe {
    return () => undefined
  }

  onFault(listener: (fault: DriverFault) => void): Unsubscribe {
    return this.#faults.on(listener)
  }

  async declare(spec: DestinationSpec): Promise<Declared> {
    this.#connections()
    return orAppError(this.#topology.declare(spec))
  }

  async alter(spec: DestinationSpec): Promise<Declared> {
    this.#connections()
    return orAppError(this.#topology.of(spec.address).alter(spec))
  }

  remove(address: string, { keep = false } = {}): Promise<void> {
    return orAppError(this.#topology.remove(address, keep))
  }

  async list(wanted: (address: string) => boolean, limit: number): Promise<FoundDestinations> {
    return orAppError(listKeys(this.#connections().questions.redis, wanted, limit))
  }

  publish(address: string, message: OutgoingMessage): Promise<Receipt> {
    try {
      const receipt = this.#topology.of(address).publish(message)
      this.#receipts.add(receipt)
      const settle = () => void this.#receipts.delete(receipt)
      receipt.then(settle, settle)
      return receipt
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async attach(spec: ConsumerSpec, listener: (event: ConsumerEvent) => void): Promise<AttachedConsumer> {
    this.#connections()
    const destination = this.#topology.of(spec.address)
    if (destination.kind === 'channel' && spec.mode !== 'fanout') {
      throw new AppError('destination-not-found', `"${spec.address}" was not declared here`)
    }
    return this.#consumers.attach(async (onEnded) => {
      const consumer = destination.createConsumer({ spec, parts: this.#parts, listener, onEnded })
      await consumer.attach()
      return consumer
    })
  }

  async facts(address: string): Promise<Facts> {
    return orAppError(this.#topology.of(address).facts())
  }

  async browse(address: string, request: BrowseRequest): Promise<BrowsedPage> {
    const { questions } = this.#connections()
    return orAppError(browse(this.#topology.of(address), questions, request))
  }

  close(deadlineMs = CLOSE_DEADLINE_MS): Promise<void> {
    this.#closing ??= this.#close(deadlineMs)
    return this.#closing
  }

  /** Throws AppError `broker-down`. */
  #connections(): DriverConnections {
    if (this.#isClosing) throw failures.brokerDown('closing')
    return this.#session.require()
  }

  async #close(deadlineMs: number): Promise<void> {
    this.#isClosing = true
    const left = countdown(deadlineMs)
    await this.#consumers.close((consumer) => consumer.leave())
    await succeedsWithin('receipts', left(), () => Promise.allSettled(this.#receipts))
    const connections = this.#session.current
    await this.#session.stop()
    await connections?.quit(left())
    this.#faults.clear()
  }
}

export const createDriver: CreateDriver = (options) => new RedisDriver(options)

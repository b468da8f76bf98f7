import type {
  AttachedConsumer,
  ConsumerEvent,
  ConsumerSpec,
  CreateDriver,
  Declared,
  DestinationSpec,
  Driver,
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
import { createSignal, type Unsubscribe } from '#lib/util/emitter.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { ANSWER_TIMEOUT_MS, type Connection, openPair } from './connection.ts'
import type { DriverParts, RedisConsumer } from './consume.ts'
import { failures } from './failures.ts'
import { createFanout, type Fanout } from './fanout.ts'
import { createListQueue } from './list-queue.ts'
import { createLogStream } from './log-stream.ts'
import { manifest } from './manifest.ts'
import { PendingReceipts } from './publish.ts'
import { createStreamQueue } from './stream-queue.ts'
import { createTopology, type Destination, type Topology } from './topology.ts'

/** How long closing may take altogether before what is left is cut. */
const CLOSE_DEADLINE_MS = 5_000

type DriverFault = Parameters<Parameters<Driver['onFault']>[0]>[0]

/** The driver's own two connections: PUBLISH, XADD and LPUSH on one, everything else on the other. */
interface DriverConnections {
  readonly publisher: Connection
  readonly questions: Connection
  readonly version: string
  readonly ended: Promise<Error>
  quit(deadlineMs: number): Promise<void>
}

async function openDriverConnections(
  { url, clientName }: DriverOptions,
  signal: AbortSignal,
): Promise<DriverConnections> {
  const optionsFor = (part: string) => {
    return { url, name: `${clientName}:${part}`, answerTimeoutMs: ANSWER_TIMEOUT_MS, signal }
  }
  const { first, second, ended, quit } = await openPair(optionsFor('publisher'), optionsFor('questions'))
  return { publisher: first, questions: second, version: first.version, ended, quit }
}

function createDestination(
  parts: DriverParts,
  kind: Destination['kind'],
  { address, settings }: DestinationSpec,
): Destination {
  switch (kind) {
    case 'stream':
      return createStreamQueue(parts, address, settings)
    case 'list':
      return createListQueue(parts, address)
    case 'log':
      return createLogStream(parts, address, settings)
    default:
      return unreachable(kind)
  }
}

/**
 * Redis: every PUBLISH, XADD and LPUSH runs on one connection, questions on another, and each consumer has connections of
 * its own. Nothing is queued by this driver, or sent twice by anybody.
 */
class RedisDriver implements Driver {
  readonly manifest = manifest
  readonly #session: BrokerSession<DriverConnections>
  readonly #consumers = createConsumers<RedisConsumer>()
  readonly #receipts = new PendingReceipts()
  readonly #faults = createSignal<DriverFault>()
  readonly #fanout: Fanout
  readonly #topology: Topology
  #isClosing = false
  #closing: Promise<void> | undefined

  constructor(options: DriverOptions) {
    this.#session = new BrokerSession<DriverConnections>({
      label: 'Redis',
      log: options.log,
      failures,
      establish: (signal) => openDriverConnections(options, signal),
      onUp: () => {
        for (const consumer of this.#consumers.all()) consumer.brokerIsBack()
      },
    })
    const parts: DriverParts = {
      ...options,
      consumers: this.#consumers,
      trackReceipt: (receipt) => this.#receipts.track(receipt),
      onFault: this.#faults.emit,
      questions: () => this.#connections().questions,
    }
    this.#fanout = createFanout(parts)
    this.#topology = createTopology((kind, spec) => createDestination(parts, kind, spec))
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
    return this.#topology.declare(this.#connections().questions, spec)
  }

  async alter(spec: DestinationSpec): Promise<Declared> {
    return this.#topology.alter(this.#connections().questions, spec)
  }

  async remove(address: string, { keep = false } = {}): Promise<void> {
    await this.#topology.remove(() => this.#connections().questions, address, keep)
    this.#fanout.forget(address)
  }

  publish(address: string, message: OutgoingMessage): Promise<Receipt> {
    try {
      const { publisher } = this.#connections()
      const destination = this.#topology.get(address)
      return destination
        ? destination.publish(publisher, message)
        : this.#fanout.publish(publisher, address, message)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async attach(spec: ConsumerSpec, listener: (event: ConsumerEvent) => void): Promise<AttachedConsumer> {
    this.#connections()
    if (spec.mode === 'fanout') return this.#fanout.attach(spec, listener)
    const destination = this.#topology.get(spec.address)
    if (destination) return destination.attach(spec, listener)
    throw new AppError('destination-not-found', `"${spec.address}" was not declared here`)
  }

  async facts(address: string): Promise<Facts> {
    const { questions } = this.#connections()
    const destination = this.#topology.get(address)
    return destination ? destination.facts(questions) : this.#fanout.facts(questions, address)
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
    await succeedsWithin('receipts', left(), () => this.#receipts.settled())
    const connections = this.#session.current
    await this.#session.stop()
    await connections?.quit(left())
    this.#faults.clear()
  }
}

export const createDriver: CreateDriver = (options) => new RedisDriver(options)

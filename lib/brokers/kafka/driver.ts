import { AppError } from '#lib/protocol/errors.ts'
import type { FoundDestinations } from '#lib/protocol/found-destinations.ts'
import { createSignal, type Unsubscribe } from '#lib/util/emitter.ts'
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
} from '../contract.ts'
import { BrokerSession } from '../kit/broker-session.ts'
import { countdown, succeedsWithin } from '../kit/deadlines.ts'
import { AdminSession } from './admin-session.ts'
import { brokersOf } from './brokers.ts'
import { browseTopic } from './browse.ts'
import type { ConnectionOptions } from './connection.ts'
import { ConsumerGroups } from './consumer-groups.ts'
import { Destinations } from './destinations.ts'
import { FactsReader } from './facts.ts'
import { failures, isConnectionTrouble, isTopicMissing, reasonOf } from './failures.ts'
import { GroupAssignments } from './group-assignments.ts'
import { manifest } from './manifest.ts'
import { DEFAULT_PRODUCER, Producers } from './producers.ts'
import { TopicPublisher } from './publish.ts'
import { notSent } from './publish-receipts.ts'
import { Redeliveries } from './redeliveries.ts'

/** Kafka's own topics, such as `__consumer_offsets`, are named so. */
const INTERNAL_PREFIX = '__'
const CLOSE_DEADLINE_MS = 5_000

/**
 * Kafka, by kafkajs. One connection probes whether the broker is there, one administers, one producer publishes; each
 * consumer has connections of its own. Delivery is at least once: positions are committed soon after delivery, and what was
 * delivered and not committed comes again, marked as redelivered.
 */
class KafkaDriver implements Driver {
  readonly manifest = manifest
  readonly #connection: ConnectionOptions
  readonly #log: DriverOptions['log']
  readonly #clientName: string
  readonly #faults = createSignal<DriverFault>()
  readonly #redeliveries = new Redeliveries()
  readonly #assignments = new GroupAssignments()
  readonly #publishers = new Map<string, TopicPublisher>()
  readonly #producers: Producers
  readonly #session: BrokerSession<AdminSession>
  readonly #destinations: Destinations
  readonly #consumers: ConsumerGroups
  readonly #facts: FactsReader
  #closing: Promise<void> | undefined

  readonly onAssignment = this.#assignments.onChange
  readonly onFault = this.#faults.on

  constructor({ url, security, log, clientName }: DriverOptions) {
    this.#log = log
    this.#clientName = clientName
    const brokers = brokersOf(url)
    const connection: ConnectionOptions = { brokers, security, clientId: clientName, log }
    this.#connection = connection
    this.#producers = new Producers(connection)
    this.#session = new BrokerSession({
      label: 'Kafka',
      log,
      failures,
      establish: (signal) => this.#establish(connection, signal),
      onLost: ({ message }) => {
        this.#cutPublishing(message)
        this.#consumers.brokerWentDown(message)
      },
    })
    const shared = {
      brokers,
      security,
      clientName,
      log,
      session: this.#session,
      admin: () => this.#session.require().admin,
      redeliveries: this.#redeliveries,
      assignments: this.#assignments,
      fault: this.#faults.emit,
    }
    this.#destinations = new Destinations({ ...shared, altered: () => this.#producers.renew() })
    const isShared = (topic: string) => this.#destinations.get(topic)?.spec.shared ?? false
    this.#consumers = new ConsumerGroups({ ...shared, isShared })
    this.#facts = new FactsReader({ ...shared, consumers: this.#consumers })
  }

  get status(): DriverStatus {
    return this.#session.status
  }

  onStatus(listener: (status: DriverStatus) => void): Unsubscribe {
    return this.#session.onStatus(listener)
  }

  open(): void {
    this.#session.open()
  }

  retry(): void {
    this.#session.retry()
  }

  declare(spec: DestinationSpec): Promise<Declared> {
    return this.#request(`the topic ${spec.address}`, () => this.#destinations.declare(spec))
  }

  alter(spec: DestinationSpec, named?: readonly string[]): Promise<Declared> {
    return this.#request(`changing the topic ${spec.address}`, () => this.#destinations.alter(spec, named))
  }

  describe(address: string): Promise<Declared> {
    return this.#request(`the settings of ${address}`, () => this.#destinations.describe(address))
  }

  async remove(address: string, { keep = false }: { keep?: boolean } = {}): Promise<void> {
    this.#session.require()
    await this.#destinations.remove(address, keep, () => {
      this.#publishers.get(address)?.drop('its topic was removed')
      this.#publishers.delete(address)
      this.#redeliveries.forget(address)
      this.#facts.forget(address)
      void this.#producers.renew()
      return this.#consumers.forget(address, keep)
    })
  }

  /** A topic is offered as a log: a reader of its own takes nothing from others. */
  list(wanted: (address: string) => boolean, limit: number): Promise<FoundDestinations> {
    return this.#request('the list of topics', async () => {
      const all = await this.#session.require().admin.listTopics()
      const topics = all.filter((topic) => !topic.startsWith(INTERNAL_PREFIX) && wanted(topic)).sort()
      const destinations = topics
        .slice(0, limit)
        .map((address) => ({ address, mode: 'log' as const, settings: {} }))
      return { destinations, complete: topics.length <= limit }
    })
  }

  async publish(address: string, message: OutgoingMessage): Promise<Receipt> {
    this.#session.require()
    if (this.#destinations.get(address)?.isGone) return notSent(noSuchTopic(address).message)
    return this.#publisherFor(address).publish(message)
  }

  async attach(spec: ConsumerSpec, listener: (event: ConsumerEvent) => void): Promise<AttachedConsumer> {
    this.#session.require()
    return this.#consumers.attach(spec, listener)
  }

  facts(address: string): ReturnType<Driver['facts']> {
    const mode = this.#destinations.get(address)?.spec.mode ?? 'log'
    return this.#read(`facts of ${address}`, address, () => this.#facts.read(address, mode))
  }

  browse(address: string, request: BrowseRequest): Promise<BrowsedPage> {
    const connection = { ...this.#connection, clientId: `${this.#clientName}-browse` }
    const redeliveries = this.#redeliveries
    return this.#read(`what ${address} keeps`, address, () =>
      browseTopic({ connection, redeliveries, admin: this.#session.require().admin }, address, request),
    )
  }

  /** Reads something of a topic, which may be gone. */
  async #read<T>(what: string, address: string, work: () => Promise<T>): Promise<T> {
    try {
      const result = await this.#request(what, work)
      this.#destinations.noteFound(address)
      return result
    } catch (error) {
      if (!isTopicMissing(error)) throw error
      this.#destinations.noteMissing(address)
      throw noSuchTopic(address, error)
    }
  }

  close(deadlineMs = CLOSE_DEADLINE_MS): Promise<void> {
    this.#closing ??= this.#close(deadlineMs)
    return this.#closing
  }

  async #establish(options: ConnectionOptions, signal: AbortSignal): Promise<AdminSession> {
    try {
      return await AdminSession.establish(
        {
          ...options,
          prepare: async (admin) => {
            await this.#destinations.declareAll(admin)
            await this.#producers.get(DEFAULT_PRODUCER)
          },
          onAlive: () => {
            this.#producers.warm()
            this.#consumers.check()
          },
        },
        signal,
      )
    } catch (error) {
      this.#cutPublishing(reasonOf(error))
      throw error
    }
  }

  #cutPublishing(reason: string): void {
    this.#producers.cut(reason)
    for (const publisher of this.#publishers.values()) publisher.drop(reason)
  }

  #publisherFor(topic: string): TopicPublisher {
    const existing = this.#publishers.get(topic)
    if (existing) return existing
    const publisher = new TopicPublisher({
      topic,
      source: this.#clientName,
      producers: this.#producers,
      destinations: this.#destinations,
    })
    this.#publishers.set(topic, publisher)
    return publisher
  }

  /** Retries once when the admin connection was the reason, or kafkajs's memory of a deleted topic (see `renewAdmin`). */
  async #request<T>(what: string, work: () => Promise<T>): Promise<T> {
    this.#session.require()
    try {
      return await work().catch(async (error) => {
        if (isTopicMissing(error)) await this.#session.require().renewAdmin()
        else if (!isConnectionTrouble(error)) throw error
        this.#log.debug({ reason: reasonOf(error) }, `retried: ${what}`)
        return work()
      })
    } catch (error) {
      throw failures.toAppError(error, what)
    }
  }

  async #close(deadlineMs: number): Promise<void> {
    const left = countdown(deadlineMs)
    const within = (what: string, work: () => Promise<unknown>) =>
      succeedsWithin(what, Math.max(1, left()), work)
    this.#destinations.close()
    await within('leaving', () => this.#consumers.close())
    await within('waiting for receipts', () =>
      Promise.all([...this.#publishers.values()].map((publisher) => publisher.idle())),
    )
    for (const publisher of this.#publishers.values()) publisher.drop('the driver was closed')
    this.#producers.retire()
    const session = this.#session.current
    await within('stopping', () => this.#session.stop())
    await session?.close()
    this.#producers.cut('the driver was closed')
    await this.#producers.gone()
    this.#faults.clear()
  }
}

const noSuchTopic = (topic: string, cause?: unknown): AppError => {
  const reason = `there is no topic "${topic}" on the broker any more`
  return new AppError('destination-not-found', `Kafka: ${reason}`, { cause, detail: { reason } })
}

export const createDriver: CreateDriver = (options) => new KafkaDriver(options)

import type { Admin } from 'kafkajs'
import { createSignal } from '#lib/util/emitter.ts'
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
} from '../contract.ts'
import { brokersOf, type ConnectionOptions } from './connection.ts'
import { Consumers } from './consumers.ts'
import { Destinations } from './destinations.ts'
import { FactsReader } from './facts.ts'
import {
  brokerDown,
  isConnectionTrouble,
  isTopicMissing,
  reasonOf,
  toAppError,
  withLimit,
} from './failures.ts'
import { GroupAssignments } from './group-assignments.ts'
import { manifest } from './manifest.ts'
import { DEFAULT_PRODUCER, Producers } from './producers.ts'
import { TopicPublisher } from './publish.ts'
import { Redeliveries } from './redeliveries.ts'
import { createSession, type Session } from './session.ts'
import { parsedTopic } from './settings.ts'
import { Transactions } from './transactions.ts'

const CLOSE_DEADLINE_MS = 5_000

type Fault = Parameters<Parameters<Driver['onFault']>[0]>[0]

/**
 * Kafka, by kafkajs. One connection probes whether the broker is there, one administers, one producer publishes; each
 * consumer has connections of its own. Delivery is at least once: positions are committed soon after delivery, and what was
 * delivered and not committed comes again, marked as redelivered.
 */
class KafkaDriver implements Driver {
  readonly manifest = manifest
  readonly #log: DriverOptions['log']
  readonly #clientName: string
  readonly #faults = createSignal<Fault>()
  readonly #redeliveries = new Redeliveries()
  readonly #assignments = new GroupAssignments()
  readonly #publishers = new Map<string, TopicPublisher>()
  readonly #producers: Producers
  readonly #transactions: Transactions
  readonly #session: Session
  readonly #destinations: Destinations
  readonly #consumers: Consumers
  readonly #facts: FactsReader
  #closing: Promise<void> | undefined

  readonly onStatus: Driver['onStatus']
  readonly onAssignment = this.#assignments.onChange
  readonly onFault = this.#faults.on

  constructor({ url, log, clientName }: DriverOptions) {
    this.#log = log
    this.#clientName = clientName
    const brokers = brokersOf(url)
    const connection: ConnectionOptions = { brokers, clientId: clientName, log }
    this.#producers = new Producers(connection)
    this.#transactions = new Transactions(connection)
    this.#session = createSession({
      ...connection,
      url,
      prepare: (admin) => this.#prepare(admin),
      wentDown: (reason) => this.#cutPublishing(reason),
    })
    this.onStatus = this.#session.onStatus
    const { admin } = this.#session
    this.#destinations = new Destinations({
      log,
      admin,
      altered: () => this.#renewProducers(),
      fault: this.#faults.emit,
    })
    this.#consumers = new Consumers({
      brokers,
      clientName,
      log,
      redeliveries: this.#redeliveries,
      assignments: this.#assignments,
      isUp: () => this.#isUp,
      admin,
      fault: this.#faults.emit,
    })
    this.#facts = new FactsReader({ redeliveries: this.#redeliveries, consumers: this.#consumers, admin })
    this.#followSession()
  }

  get status(): DriverStatus {
    return this.#session.status
  }

  open(): void {
    this.#session.open()
  }

  retry(): void {
    if (!this.#isUp) this.#session.look()
  }

  declare(spec: DestinationSpec): Promise<Declared> {
    return this.#request(`the topic ${spec.address}`, () => this.#destinations.declare(spec))
  }

  alter(spec: DestinationSpec): Promise<Declared> {
    return this.#request(`changing the topic ${spec.address}`, () => this.#destinations.alter(spec))
  }

  async remove(address: string, { keep = false }: { keep?: boolean } = {}): Promise<void> {
    this.#requireUp()
    const groups = this.#consumers.forget(address, keep)
    this.#publishers.get(address)?.drop('its topic was removed')
    this.#publishers.delete(address)
    try {
      await this.#destinations.remove(address, groups, keep)
    } finally {
      this.#redeliveries.forget(address)
      this.#facts.forget(address)
      void this.#renewProducers()
    }
  }

  async publish(address: string, message: OutgoingMessage): Promise<Receipt> {
    this.#requireUp()
    return this.#publisherFor(address).publish(message)
  }

  async attach(spec: ConsumerSpec, listener: (event: ConsumerEvent) => void): Promise<AttachedConsumer> {
    this.#requireUp()
    return this.#consumers.attach(spec, listener)
  }

  facts(address: string): ReturnType<Driver['facts']> {
    const mode = this.#destinations.spec(address)?.mode ?? 'log'
    return this.#request(`facts of ${address}`, () => this.#facts.read(address, mode))
  }

  close(deadlineMs = CLOSE_DEADLINE_MS): Promise<void> {
    this.#closing ??= this.#close(deadlineMs)
    return this.#closing
  }

  get #isUp(): boolean {
    return this.status.status === 'up'
  }

  #requireUp(): void {
    const { status } = this
    if (status.status !== 'up') throw brokerDown(status.reason.text)
  }

  /** Runs before the driver is up. */
  async #prepare(admin: Admin): Promise<void> {
    await this.#destinations.declareAll(admin)
    await this.#producers.get(DEFAULT_PRODUCER)
  }

  #followSession(): void {
    this.#session.onStatus((status) => {
      if (status.status === 'up') this.#consumers.brokerIsUp()
      else if (status.status === 'down') this.#consumers.brokerWentDown(status.reason.text)
    })
    this.#session.onAlive(() => {
      this.#producers.warm()
      this.#consumers.check()
    })
  }

  async #renewProducers(): Promise<void> {
    await Promise.all([this.#producers.renew(), this.#transactions.disconnect()])
  }

  #cutPublishing(reason: string): void {
    this.#producers.cut(reason)
    this.#transactions.cut(reason)
    for (const publisher of this.#publishers.values()) publisher.drop(reason)
  }

  #publisherFor(topic: string): TopicPublisher {
    const existing = this.#publishers.get(topic)
    if (existing) return existing
    const publisher = new TopicPublisher({
      topic,
      source: this.#clientName,
      producer: () => {
        const spec = this.#destinations.spec(topic)
        return this.#producers.get(spec ? parsedTopic(spec.settings) : DEFAULT_PRODUCER)
      },
      sendInTransaction: (message, end) => this.#transactions.send(topic, message, end),
      partitions: () => this.#destinations.partitions(topic),
      doubt: () => this.#destinations.doubt(topic),
    })
    this.#publishers.set(topic, publisher)
    return publisher
  }

  /** Retries once when the admin connection was the reason, or kafkajs's memory of a deleted topic (see `renewAdmin`). */
  async #request<T>(what: string, work: () => Promise<T>): Promise<T> {
    this.#requireUp()
    try {
      return await work().catch(async (error) => {
        if (isTopicMissing(error)) await this.#session.renewAdmin()
        else if (!isConnectionTrouble(error)) throw error
        this.#log.debug({ reason: reasonOf(error) }, `retried: ${what}`)
        return work()
      })
    } catch (error) {
      throw toAppError(error, what)
    }
  }

  async #close(deadlineMs: number): Promise<void> {
    const until = Date.now() + deadlineMs
    const within = async (what: string, work: Promise<unknown>) => {
      try {
        await withLimit(work, Math.max(1, until - Date.now()), what)
      } catch (error) {
        this.#log.debug({ reason: reasonOf(error) }, `${what} was cut short`)
      }
    }
    this.#destinations.close()
    await within('leaving', this.#consumers.close())
    const receipts = [...this.#publishers.values()].map((publisher) => publisher.idle())
    await within('waiting for receipts', Promise.all(receipts))
    for (const publisher of this.#publishers.values()) publisher.drop('the driver was closed')
    this.#producers.retire()
    await within('ending transactions', this.#transactions.disconnect())
    await this.#session.close()
    this.#producers.cut('the driver was closed')
    this.#transactions.cut('the driver was closed')
    await this.#producers.gone()
    this.#faults.clear()
  }
}

export const createDriver: CreateDriver = (options) => new KafkaDriver(options)

import { randomUUID } from 'node:crypto'
import type { Message, RecordMetadata } from 'kafkajs'
import { createMutex } from '#lib/util/mutex.ts'
import type { ConnectionOptions } from './connection.ts'
import { reasonOf } from './failures.ts'
import {
  NeverSent,
  ProducerConnection,
  type ProducerSettings,
  type TransactionEnd,
} from './producer-connection.ts'

/** What a producer does unless a topic asks otherwise; one such is always there while the broker is up. */
export const DEFAULT_PRODUCER: ProducerSettings = { acks: 'all', idempotent: true }

/** The producer of some settings that is in use, and the one that is connecting. */
interface Slot {
  settings: ProducerSettings
  current?: ProducerConnection | undefined
  opening?: Promise<ProducerConnection> | undefined
}

/**
 * One usable producer for each kind of settings that topics ask for, while the broker is up: a new one replaces each that
 * failed. A topic has one producer at a time, so that order holds.
 */
export class Producers {
  readonly #options: ConnectionOptions
  readonly #slots = new Map<string, Slot>()
  readonly #alive = new Set<ProducerConnection>()
  readonly #transactional: ProducerSettings
  /** One transaction after the other. */
  readonly #transactions = createMutex()
  /** Rises with each outage: a producer that was connecting meanwhile is discarded. */
  #round = 0

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#transactional = { ...DEFAULT_PRODUCER, transactionalId: `${options.clientId}-${randomUUID()}` }
    this.#slotFor(DEFAULT_PRODUCER)
  }

  /** The usable producer with these settings; waits while one is connecting, rejects with NeverSent when that fails. */
  get(settings: ProducerSettings): Promise<ProducerConnection> {
    return this.#usable(this.#slotFor(settings))
  }

  /** Sends one message in a transaction of its own, one transaction after the other. As `ProducerConnection.sendInTransaction`. */
  sendInTransaction(topic: string, message: Message, end: TransactionEnd): Promise<RecordMetadata[]> {
    return this.#transactions.run(async () => {
      const producer = await this.get(this.#transactional)
      return producer.sendInTransaction(topic, message, end)
    })
  }

  /** Connects those that are missing, so that the next message needn't wait. */
  warm(): void {
    for (const slot of this.#slots.values()) {
      this.#usable(slot).catch((error) =>
        this.#options.log.debug({ reason: reasonOf(error) }, 'no producer yet'),
      )
    }
  }

  /** Replaces those in use by new ones; the old ones end once they have their receipts. Never rejects. */
  async renew(): Promise<void> {
    const renewals = [...this.#slots.values()].map((slot) =>
      // The new one would take the id from a transaction under way, which the broker would abort.
      slot.settings.transactionalId === undefined
        ? this.#renewIn(slot)
        : this.#transactions.run(() => this.#renewIn(slot)),
    )
    await Promise.all(renewals)
  }

  /** No further messages; what is in flight may still get its receipt. */
  retire(): void {
    this.#round++
    for (const slot of this.#slots.values()) {
      slot.current?.retire()
      slot.current = undefined
    }
  }

  /** Ends all at once: everything in flight is lost. */
  cut(reason: string): void {
    this.#round++
    for (const slot of this.#slots.values()) slot.current = undefined
    for (const producer of this.#alive) producer.cut(reason)
  }

  /** Resolves once all sockets are closed. Call `cut` before, or wait for the receipts. */
  async gone(): Promise<void> {
    await Promise.all([...this.#alive].map((producer) => producer.gone()))
    this.#alive.clear()
  }

  #slotFor(settings: ProducerSettings): Slot {
    const { acks, idempotent, transactionalId = '' } = settings
    const name = `${acks} ${idempotent} ${transactionalId}`
    const existing = this.#slots.get(name)
    if (existing) return existing
    const created: Slot = { settings }
    this.#slots.set(name, created)
    return created
  }

  #usable(slot: Slot): Promise<ProducerConnection> {
    if (slot.current?.usable) return Promise.resolve(slot.current)
    slot.opening ??= this.#openIn(slot)
      .catch((error) => {
        throw new NeverSent(reasonOf(error))
      })
      .finally(() => {
        slot.opening = undefined
      })
    return slot.opening
  }

  async #renewIn(slot: Slot): Promise<void> {
    const old = slot.current
    if (!old) return
    try {
      await this.#openIn(slot)
      old.retire()
    } catch (error) {
      this.#options.log.debug({ reason: reasonOf(error) }, 'the producer was not renewed')
    }
  }

  async #openIn(slot: Slot): Promise<ProducerConnection> {
    const round = this.#round
    const opened = await ProducerConnection.open(this.#options, slot.settings)
    if (round !== this.#round) {
      opened.cut('the broker went away')
      throw new Error('the broker went away')
    }
    for (const producer of this.#alive) if (producer.isCut) this.#alive.delete(producer)
    this.#alive.add(opened)
    slot.current = opened
    return opened
  }
}

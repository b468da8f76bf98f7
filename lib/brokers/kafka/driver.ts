import { createSignal } from '#lib/util/emitter.ts'
import type { AttachedConsumer, ConsumerEvent, ConsumerSpec, CreateDriver, Driver, DriverOptions } from '../contract.ts'
import { createConnection } from './connection.ts'
import { createDestinations } from './destinations.ts'
import { brokerDown, isConnectionTrouble, isTopicMissing, reasonOf, toAppError } from './errors.ts'
import { createFactsReader } from './facts.ts'
import { withLimit } from './limit.ts'
import { brokersOf } from './link.ts'
import { manifest } from './manifest.ts'
import { createLane, type Lane } from './publish.ts'
import { createReaders } from './readers.ts'
import { createSeen } from './seen.ts'
import { createSenders, PLAIN } from './senders.ts'
import { parsedTopic } from './settings.ts'
import { createShares } from './shares.ts'
import { createTransactions } from './transactions.ts'

const CLOSE_DEADLINE_MS = 5_000

type Fault = Parameters<Parameters<Driver['onFault']>[0]>[0]

/**
 * Kafka, by kafkajs. One connection looks whether the broker is there, one administers, one producer publishes; each consumer
 * has connections of its own. Delivery is at least once: positions are committed soon after records are handed over, and
 * what was handed over and not committed comes again, marked so.
 */
export const createDriver: CreateDriver = (options: DriverOptions): Driver => {
  const { url, log, clientName } = options
  const brokers = brokersOf(url)
  const faults = createSignal<Fault>()
  const seen = createSeen()
  const shares = createShares()
  const lanes = new Map<string, Lane>()
  const link = { brokers, clientId: clientName, log }
  const senders = createSenders(link)
  const transactions = createTransactions(link)

  const connection = createConnection({
    ...link,
    url,
    prepare: async (admin) => {
      await destinations.declareAll(admin)
      await senders.get(PLAIN)
    },
    wentDown: (reason) => {
      senders.kill(reason)
      transactions.kill(reason)
      for (const lane of lanes.values()) lane.drop(reason)
    },
  })
  const destinations = createDestinations({
    log,
    admin: connection.admin,
    altered: renewProducers,
    trouble: (address, code, text) => faults.emit({ address, code, text }),
  })
  async function renewProducers(): Promise<void> {
    await Promise.all([senders.renew(), transactions.renew()])
  }
  const isUp = () => connection.status.status === 'up'
  const readers = createReaders({
    brokers,
    clientName,
    log,
    seen,
    shares,
    isUp,
    admin: connection.admin,
    fault: faults.emit,
  })
  const facts = createFactsReader({ seen, admin: connection.admin, ...readers.facts })

  connection.onStatus((status) => {
    if (status.status === 'up') readers.brokerIsUp()
    else if (status.status === 'down') readers.brokerWentDown(status.reason.text)
  })
  connection.onAlive(() => {
    senders.warm()
    readers.check()
  })

  const requireUp = () => {
    const { status } = connection
    if (status.status !== 'up') throw brokerDown(status.reason.text)
  }

  const kindFor = (topic: string) => {
    const spec = destinations.spec(topic)
    return spec ? parsedTopic(spec.settings) : PLAIN
  }

  const laneTo = (topic: string): Lane => {
    const existing = lanes.get(topic)
    if (existing) return existing
    const lane = createLane({
      topic,
      source: clientName,
      sender: () => senders.get(kindFor(topic)),
      transact: (message, ending) => transactions.send(topic, message, ending),
      partitions: () => destinations.partitions(topic),
      doubt: () => destinations.doubt(topic),
    })
    lanes.set(topic, lane)
    return lane
  }

  /** Once more when the admin's connection was the reason, or its memory of a topic of long ago (see `renewAdmin`). */
  const asking = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    requireUp()
    try {
      return await work().catch(async (error) => {
        if (isTopicMissing(error)) await connection.renewAdmin()
        else if (!isConnectionTrouble(error)) throw error
        log.debug({ reason: reasonOf(error) }, `once more: ${what}`)
        return work()
      })
    } catch (error) {
      throw toAppError(error, what)
    }
  }

  const attach = async (
    spec: ConsumerSpec,
    listener: (event: ConsumerEvent) => void,
  ): Promise<AttachedConsumer> => {
    requireUp()
    return readers.attach(spec, listener)
  }

  const remove = async (address: string, { keep = false }: { keep?: boolean } = {}) => {
    requireUp()
    const groups = readers.forget(address, keep)
    lanes.get(address)?.drop('its topic was removed')
    lanes.delete(address)
    try {
      await destinations.remove(address, groups, keep)
    } finally {
      seen.forget(address)
      facts.forget(address)
      void renewProducers()
    }
  }

  const closeAll = async (deadlineMs: number) => {
    const until = Date.now() + deadlineMs
    const within = async (what: string, work: Promise<unknown>) => {
      try {
        await withLimit(work, Math.max(1, until - Date.now()), what)
      } catch (error) {
        log.debug({ reason: reasonOf(error) }, `${what} was cut short`)
      }
    }
    destinations.close()
    await within('leaving', readers.close())
    await within('waiting for receipts', Promise.all([...lanes.values()].map((lane) => lane.idle())))
    for (const lane of lanes.values()) lane.drop('the driver was closed')
    senders.retire()
    await within('ending transactions', transactions.close())
    await connection.close()
    senders.kill('the driver was closed')
    transactions.kill('the driver was closed')
    await senders.gone()
    faults.clear()
  }
  let closing: Promise<void> | undefined

  return {
    manifest,
    open: connection.open,
    retry: () => {
      if (!isUp()) connection.look()
    },
    get status() {
      return connection.status
    },
    onStatus: connection.onStatus,
    onAssignment: shares.onChange,
    onFault: faults.on,
    declare: async (spec) => asking(`the topic ${spec.address}`, () => destinations.declare(spec)),
    alter: async (spec) => asking(`changing the topic ${spec.address}`, () => destinations.alter(spec)),
    remove,
    publish: async (address, message) => {
      requireUp()
      return laneTo(address).publish(message)
    },
    attach,
    facts: (address) => {
      const mode = destinations.spec(address)?.mode ?? 'log'
      return asking(`facts of ${address}`, () => facts.read(address, mode))
    },
    close: (deadlineMs = CLOSE_DEADLINE_MS) => {
      closing ??= closeAll(deadlineMs)
      return closing
    },
  }
}

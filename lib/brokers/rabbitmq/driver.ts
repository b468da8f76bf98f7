import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { createSignal } from '#lib/util/emitter.ts'
import type { CreateDriver, DriverFault, DriverOptions } from '../contract.ts'
import { BrokerSession, type BrokerSessionConnections } from '../kit/broker-session.ts'
import { createConsumers } from '../kit/consumers.ts'
import { countdown, succeedsWithin } from '../kit/deadlines.ts'
import { Alarms } from './alarms.ts'
import { parseBrokerUrls } from './broker-urls.ts'
import { browseStream } from './browse.ts'
import { type BrokerConnection, type ConnectOptions, openConnection } from './connection.ts'
import { RabbitConsumer } from './consume.ts'
import { Control } from './control.ts'
import { listDestinations } from './destination-list.ts'
import { FactsReader } from './facts.ts'
import { failures, goneError, isNoSuchQueue } from './failures.ts'
import { Management, reportTransport } from './management.ts'
import { manifest } from './manifest.ts'
import { Copies, Identities } from './message-identity.ts'
import { createOwnQueues, OwnConsumers } from './own-consumers.ts'
import { FIXED } from './profile.ts'
import { Publisher, type PublishReport, refused, takesNone } from './publish.ts'
import { Topology } from './topology.ts'

/** For all that closing waits for: the receipts due, the polite ends of channels and connections. */
const CLOSE_DEADLINE_MS = 5_000
/** No step of closing takes more than this share of the time left, so that the later ones still get theirs. */
const STEP_SHARE = 0.5
/** A destination that was not declared here is taken for a queue. */
const UNKNOWN_TARGET = { kind: 'queue', durable: null } as const

interface PublisherSession extends BrokerSessionConnections {
  publisher: Publisher
  connection: BrokerConnection
}

/**
 * RabbitMQ over AMQP 0-9-1. Its connections have Nagle off and are named `<clientName>:<role>`: one to publish on, whose
 * status is the driver's and which `kit/session-keeper.ts` opens again after each loss; one for declarations and checks; one
 * for each consumer. Guaranteed: one receipt per publish, order per destination, nothing queued while down, nothing sent
 * twice. Lost with a restart of the broker: what waits in queues that are not durable, which is reported as a fault and, to
 * each consumer there, as a gap.
 */
export const createDriver: CreateDriver = (options) => {
  const parts = createParts(options)
  const { broker, topology, faults, consumers } = parts
  let closing: Promise<void> | null = null

  return {
    manifest,
    open: () => broker.open(),
    retry: () => broker.retry(),
    get status() {
      return broker.status
    },
    onStatus: (listener) => broker.onStatus(listener),
    // RabbitMQ has no groups that share partitions.
    onAssignment: () => () => undefined,
    onFault: faults.on,
    declare: async (spec) => {
      broker.require()
      return topology.declare(spec)
    },
    alter: async () => {
      throw new AppError('not-capable', FIXED)
    },
    describe: async (address) => {
      broker.require()
      return topology.describe(address)
    },
    list: async (wanted, limit) => {
      broker.require()
      return listDestinations(parts.management, wanted, limit)
    },
    remove: async (address, { keep = false } = {}) => {
      broker.require()
      await topology.remove(address, keep)
    },
    publish: (address, message) => {
      const target = topology.of(address)
      // RabbitMQ would close the channel for an exchange that does not exist, and with it what is not confirmed yet.
      if (target?.gone) return refused('client', target.gone.message)
      return (
        broker.current?.publisher.publish(address, message, target ?? UNKNOWN_TARGET) ??
        Promise.reject(broker.downError())
      )
    },
    attach: async (spec, listener) => {
      broker.require()
      return consumers.attach(async (onEnded) => {
        const consumer = new RabbitConsumer(spec, parts, listener, onEnded)
        await consumer.attach()
        return consumer
      })
    },
    facts: async (address) => {
      broker.require()
      return parts.facts.read(address)
    },
    browse: async (address, request) => {
      broker.require()
      const destination = topology.of(address)
      const mode = manifest.modes[destination?.spec.mode ?? 'queue']
      if (!mode?.can.browse) throw new AppError('not-capable', mode?.lacks.browse ?? '')
      const stream = { name: address, redeclarations: destination?.redeclarations ?? 0 }
      return browseStream(parts.control, stream, request).catch((error: unknown) => {
        throw isNoSuchQueue(error) ? goneError('queue', address) : error
      })
    },
    close: (deadlineMs = CLOSE_DEADLINE_MS) => {
      closing ??= closeAll(parts, deadlineMs)
      return closing
    },
  }
}

type DriverParts = ReturnType<typeof createParts>

function createParts({ url, managementUrl, security, clientName, log }: DriverOptions) {
  const urls = parseBrokerUrls(url, managementUrl, security)
  const connect = (role: string, options?: ConnectOptions) =>
    openConnection(urls.amqp, `${clientName}:${role}`, options)
  const faults = createSignal<DriverFault>()
  const management = new Management(urls, log)
  reportTransport(urls, log)
  const control = new Control(() => connect('control'))
  const consumers = createConsumers<RabbitConsumer>()
  const topology = new Topology({
    control,
    management,
    log,
    fault: (address, code, text) => faults.emit({ address, code, text }),
    unbound: (address, text) => {
      for (const consumer of consumers.of(address)) consumer.unbound(text)
    },
  })
  const alarms = new Alarms((reason) => {
    broker.setBlocked(reason)
    if (reason === null) faults.emit({ code: 'unblocked', text: 'RabbitMQ takes messages again.' })
    else faults.emit({ code: 'blocked', text: takesNone(reason) })
  })
  const report = {
    source: clientName,
    alarms,
    fault: (code: string, text: string) => faults.emit({ code, text }),
    exchangeMissing: () => void topology.ensureExchanges(),
  }
  const establish = (signal: AbortSignal, lostAt: number | null) =>
    establishPublisher({ connect, report, topology, management }, signal, lostAt)
  const broker = new BrokerSession<PublisherSession>({ label: 'RabbitMQ', log, failures, establish })
  const ownConsumers = new OwnConsumers(() => performance.now())
  const ownQueues = createOwnQueues()
  let deliveries = 0
  return {
    connect,
    faults,
    fault: faults.emit,
    management,
    control,
    broker,
    topology,
    consumers,
    ownConsumers,
    ownQueues,
    identities: new Identities(),
    copies: new Copies(now),
    nextDelivery: () => ++deliveries,
    facts: new FactsReader({ control, management, topology, ownConsumers, ownQueues, log, consumers }),
  }
}

interface PublisherParts {
  connect(role: string, options?: ConnectOptions): Promise<BrokerConnection>
  report: PublishReport
  topology: Topology
  management: Management
}

/** The publishing connection: its channel first, then every destination that was declared here before. Throws the raw error. */
async function establishPublisher(
  { connect, report, topology, management }: PublisherParts,
  signal: AbortSignal,
  lostAt: number | null,
): Promise<PublisherSession> {
  const connection = await connect('publisher', { writes: 'first-at-once' })
  try {
    const publisher = new Publisher(connection, report)
    await publisher.open()
    if (lostAt !== null) await topology.ensureAll(lostAt)
    signal.throwIfAborted()
    void report.alarms.watch(connection, management)
    return { version: connection.version, ended: connection.ended, publisher, connection }
  } catch (error) {
    await connection.cut('it could not be set up')
    throw error
  }
}

/** In reverse order of opening: consumers leave, the receipts due come in, connections close. */
async function closeAll(parts: DriverParts, deadlineMs: number): Promise<void> {
  const { broker, control, management, faults, consumers } = parts
  const left = countdown(deadlineMs)
  const share = () => left() * STEP_SHARE
  const session = broker.current
  const stopped = broker.stop()
  await consumers.close((consumer) => consumer.leave(share()))
  await session?.publisher.close(share())
  await control.close(share())
  await session?.connection.close(left())
  await succeedsWithin('the last attempt to connect', left(), () => stopped)
  management.close()
  faults.clear()
}

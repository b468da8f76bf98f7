import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { createSignal, type Signal } from '#lib/util/emitter.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type {
  ConsumerEvent,
  ConsumerSpec,
  CreateDriver,
  Driver,
  DriverLog,
  DriverOptions,
} from '../contract.ts'
import { BrokerSession, type BrokerSessionConnections } from '../kit/broker-session.ts'
import { type Consumers, createConsumers } from '../kit/consumers.ts'
import { countdown, succeedsWithin } from '../kit/deadlines.ts'
import { wordsOf } from '../kit/failures.ts'
import { type BrokerConnection, openConnection, parseBrokerUrls, type Writes } from './connection.ts'
import { RabbitConsumer } from './consume.ts'
import { FanoutStrategy } from './consume-fanout.ts'
import { LogStrategy } from './consume-log.ts'
import { QueueStrategy } from './consume-queue.ts'
import type { ConsumeStrategy } from './consume-strategy.ts'
import { createControl } from './control.ts'
import { createFactsReader } from './facts.ts'
import { failures } from './failures.ts'
import type { TopologyReport } from './managed-destination.ts'
import { createManagement } from './management.ts'
import { FIXED, manifest } from './manifest.ts'
import { createCopies, createIdentities } from './message-identity.ts'
import { createOwnConsumers, createOwnQueues } from './own-consumers.ts'
import { openPublisher, type Publisher, type PublishReport } from './publish.ts'
import { newestOffset } from './stream-offsets.ts'
import { Topology } from './topology.ts'

/** For all that closing waits for: the receipts due, the polite ends of channels and connections. */
const CLOSE_DEADLINE_MS = 5_000
/** No step of closing takes more than this share of the time left, so that the later ones still get theirs. */
const STEP_SHARE = 0.5
/** A destination that was not declared here is taken for a queue. */
const UNKNOWN_TARGET = { isExchange: false, durable: null }

type Fault = Parameters<Parameters<Driver['onFault']>[0]>[0]

interface PublisherSession extends BrokerSessionConnections {
  publisher: Publisher
  connection: BrokerConnection
}

/**
 * RabbitMQ over AMQP 0-9-1. Its connections have Nagle off and are named `<clientName>:<role>`: one to publish on, whose
 * status is the driver's; one for declarations and checks; one for each consumer. Guaranteed: one receipt per publish,
 * order per destination, nothing queued while down, nothing sent twice. Lost with a restart of the broker: what waits in
 * queues that are not durable, which is reported as a fault and, to each consumer there, as a gap.
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
    remove: (address, { keep = false } = {}) => topology.remove(address, keep),
    publish: (address, message) =>
      broker.current?.publisher.publish(address, message, topology.of(address) ?? UNKNOWN_TARGET) ??
      Promise.reject(broker.downError()),
    attach: async (spec, listener) => {
      broker.require()
      return consumers.attach((onEnded) => attachConsumer(parts, spec, listener, onEnded))
    },
    facts: async (address) => {
      broker.require()
      return parts.readFacts(address)
    },
    close: (deadlineMs = CLOSE_DEADLINE_MS) => {
      closing ??= closeAll(parts, deadlineMs)
      return closing
    },
  }
}

type DriverParts = ReturnType<typeof createParts>

function createParts(options: DriverOptions) {
  const { log, clientName } = options
  const urls = parseBrokerUrls(options.url, options.managementUrl)
  const connect = (role: string, writes?: Writes) =>
    openConnection(urls.connectUrl, `${clientName}:${role}`, writes)
  const faults = createSignal<Fault>()
  const management = createManagement(urls, log)
  const control = createControl(() => connect('control'))
  const consumers = createConsumers<RabbitConsumer>()
  const topology = new Topology({ control, management, report: topologyReport(faults, consumers, log) })
  const publishReport: PublishReport = {
    source: clientName,
    fault: (code, text) => faults.emit({ code, text }),
    exchangeMissing: () => void topology.ensureExchanges(),
  }
  const broker = new BrokerSession<PublisherSession>({
    label: 'RabbitMQ',
    log,
    failures,
    establish: (signal, lostAt) =>
      establish(() => connect('publisher', 'first-at-once'), topology, signal, lostAt, publishReport),
  })
  const ownConsumers = createOwnConsumers(now)
  const ownQueues = createOwnQueues()
  const consumersOf = (address: string) => consumers.of(address)
  let deliveries = 0
  return {
    connect,
    faults,
    management,
    control,
    broker,
    topology,
    consumers,
    ownConsumers,
    ownQueues,
    identities: createIdentities(),
    copies: createCopies(now),
    newestOf: (stream: string) => newestOffset(control, stream),
    nextDelivery: () => ++deliveries,
    readFacts: createFactsReader({
      control,
      management,
      topology,
      ownConsumers,
      ownQueues,
      log,
      consumersOf,
    }),
  }
}

const topologyReport = (
  faults: Signal<Fault>,
  consumers: Consumers<RabbitConsumer>,
  log: DriverLog,
): TopologyReport => ({
  redeclared: (address, code, text) => faults.emit({ address, code, text }),
  refused: (address, error) => faults.emit({ address, code: 'declare-refused', text: error.message }),
  unbound: (address, text) => {
    for (const consumer of consumers.of(address)) consumer.unbound(text)
  },
  notEnsured: (exchange, error) =>
    log.debug(
      { code: 'exchange-not-ensured', exchange, reason: wordsOf(error) },
      'an exchange was not declared anew yet',
    ),
})

async function attachConsumer(
  parts: DriverParts,
  spec: ConsumerSpec,
  listener: (event: ConsumerEvent) => void,
  onEnded: () => void,
): Promise<RabbitConsumer> {
  const { address, name } = spec
  const { broker, topology, identities, consumers, ownConsumers, faults } = parts
  const consumer = new RabbitConsumer(spec, createStrategy(spec, parts), {
    topology,
    identities,
    connect: () => parts.connect(`${address}/${name}`),
    isUp: () => broker.current !== null,
    untilUp: (signal) => broker.untilUp(signal),
    closing: consumers.closing,
    nextDelivery: parts.nextDelivery,
    enter: ownConsumers.enter,
    fault: (code, text) => faults.emit({ address, consumer: name, code, text }),
    listener,
    onEnded,
  })
  await consumer.attach()
  return consumer
}

/** Throws AppError `invalid` for settings that a consumer of its mode can't have. */
function createStrategy(spec: ConsumerSpec, parts: DriverParts): ConsumeStrategy {
  switch (spec.mode) {
    case 'queue':
      return new QueueStrategy(spec, parts)
    case 'fanout':
      return new FanoutStrategy(spec, parts)
    case 'log':
      return new LogStrategy(spec, parts)
    default:
      return unreachable(spec.mode)
  }
}

/** Opens the publishing connection: its channel first, then every destination that was declared here before. */
async function establish(
  connect: () => Promise<BrokerConnection>,
  topology: Topology,
  signal: AbortSignal,
  lostAt: number | null,
  report: PublishReport,
): Promise<PublisherSession> {
  const connection = await connect()
  try {
    const publisher = await openPublisher(connection, report)
    if (lostAt !== null) await topology.ensureAll(lostAt)
    signal.throwIfAborted()
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

import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { createSignal, type Signal } from '#lib/util/emitter.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { ConsumerSpec, CreateDriver, Driver, DriverOptions } from '../contract.ts'
import { countdown, pause } from './bounded.ts'
import { parseBrokerUrls } from './broker-url.ts'
import { type BrokerConnection, openConnection } from './connection.ts'
import { type Attachment, createAttachment } from './consume.ts'
import { createFanoutStrategy } from './consume-fanout.ts'
import { createLogStrategy } from './consume-log.ts'
import { createQueueStrategy } from './consume-queue.ts'
import type { ConsumeStrategy } from './consume-strategy.ts'
import { createControl } from './control.ts'
import { createFactsReader } from './facts.ts'
import { brokerDown, wordsOf } from './failures.ts'
import { createLink, type LinkSession } from './link.ts'
import { createManagement } from './management.ts'
import { FIXED, manifest } from './manifest.ts'
import { createCopies, createIdentities } from './message-identity.ts'
import { createOwnConsumers, createOwnQueues } from './own-consumers.ts'
import { openPublisher, type Publisher } from './publish.ts'
import { newestOffset } from './stream-offsets.ts'
import { createTopology, type Topology } from './topology.ts'
import type { WorkerParts } from './worker.ts'

/** For all that closing waits for: the receipts due, the polite ends of channels and connections. */
const CLOSE_DEADLINE_MS = 5_000
/** No step of closing takes more than this share of the time left, so that the later ones still get theirs. */
const STEP_SHARE = 0.5
/** A destination that was not declared here is taken for a queue. */
const UNKNOWN_TARGET = { isExchange: false, durable: null }

type Fault = Parameters<Parameters<Driver['onFault']>[0]>[0]

interface Session extends LinkSession {
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
  const { link, topology, faults, attachments } = parts
  let closing: Promise<void> | null = null

  const whyDown = () => {
    const { status } = link
    return brokerDown(status.status === 'up' ? 'its connection was just lost' : status.reason.text)
  }
  const requireUp = (): Session => {
    if (link.session && !closing) return link.session
    throw whyDown()
  }
  return {
    manifest,
    open: link.open,
    retry: link.retry,
    get status() {
      return link.status
    },
    onStatus: link.onStatus,
    // RabbitMQ has no groups that share partitions.
    onAssignment: () => () => undefined,
    onFault: faults.on,
    declare: async (spec) => {
      requireUp()
      return topology.declare(spec)
    },
    alter: async () => {
      throw new AppError('not-capable', FIXED)
    },
    remove: topology.remove,
    publish: (address, message) => {
      if (!link.session || closing) return Promise.reject(whyDown())
      return link.session.publisher.publish(address, message, topology.of(address) ?? UNKNOWN_TARGET)
    },
    attach: async (spec, listener) => {
      requireUp()
      const attachment = createAttachment(
        spec,
        parts.strategyOf(spec),
        listener,
        parts.workerParts(spec, () => attachments.delete(attachment)),
      )
      attachments.add(attachment)
      return attachment.start()
    },
    facts: async (address) => {
      requireUp()
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
  const connect = (role: string) => openConnection(urls.connectUrl, `${clientName}:${role}`)
  const faults = createSignal<Fault>()
  const management = createManagement(urls, log)
  const control = createControl(() => connect('control'))
  const attachments = new Set<Attachment>()
  const consumersAt = (address: string) => [...attachments].filter(({ spec }) => spec.address === address)
  const topology = createTopology({
    control,
    management,
    report: {
      redeclared: (address, code, text) => faults.emit({ address, code, text }),
      refused: (address, error) => faults.emit({ address, code: 'declare-refused', text: error.message }),
      unbound: (address, text) => {
        for (const consumer of consumersAt(address)) consumer.unbound(text)
      },
      notEnsured: (exchange, error) =>
        log.debug(
          { code: 'exchange-not-ensured', exchange, reason: wordsOf(error) },
          'an exchange was not declared anew yet',
        ),
    },
  })
  const establish = createEstablish(clientName, connect, topology, faults)
  const link = createLink(establish, log)
  const identities = createIdentities()
  const ownConsumers = createOwnConsumers(now)
  const ownQueues = createOwnQueues()
  const copies = createCopies(now)
  const newestOf = (stream: string) => newestOffset(control, stream)
  const strategyParts = { topology, identities, copies, ownQueues, newestOf }
  const consumersOf = (address: string) =>
    consumersAt(address).map(({ spec, strategy }) => ({
      spec,
      queue: () => strategy.subscription().queue,
      position: strategy.position,
    }))
  let deliveries = 0
  return {
    faults,
    management,
    control,
    topology,
    link,
    attachments,
    readFacts: createFactsReader({
      control,
      management,
      topology,
      ownConsumers,
      ownQueues,
      log,
      consumersOf,
    }),
    strategyOf: (spec: ConsumerSpec) => createStrategy(spec, strategyParts),
    workerParts: ({ address, name }: ConsumerSpec, onOver: () => void): WorkerParts => ({
      topology,
      identities,
      connect: () => connect(`${address}/${name}`),
      isUp: () => link.session !== null,
      untilUp: link.untilUp,
      nextDelivery: () => ++deliveries,
      enter: ownConsumers.enter,
      fault: (code, text) => faults.emit({ address, consumer: name, code, text }),
      onOver,
    }),
  }
}

type StrategyParts = Parameters<typeof createFanoutStrategy>[1] & Parameters<typeof createLogStrategy>[1]

/** Throws AppError `invalid` for settings that a consumer of its mode can't have. */
function createStrategy(spec: ConsumerSpec, parts: StrategyParts): ConsumeStrategy {
  switch (spec.mode) {
    case 'queue':
      return createQueueStrategy(spec, parts)
    case 'fanout':
      return createFanoutStrategy(spec, parts)
    case 'log':
      return createLogStrategy(spec, parts)
    default:
      return unreachable(spec.mode)
  }
}

/** Opens the publishing connection: its channel first, then every destination that was declared here before. */
function createEstablish(
  clientName: string,
  connect: (role: string) => Promise<BrokerConnection>,
  topology: Topology,
  faults: Signal<Fault>,
) {
  const report = {
    source: clientName,
    fault: (code: string, text: string) => faults.emit({ code, text }),
    exchangeMissing: () => void topology.ensureExchanges(),
  }
  return async (lostAt: number | null, isStopped: () => boolean): Promise<Session> => {
    const connection = await connect('publisher')
    try {
      const publisher = await openPublisher(connection, report)
      if (lostAt !== null) await topology.ensureAll(lostAt)
      if (isStopped()) throw brokerDown('closed while it was connecting')
      return { version: connection.version, ended: connection.ended, publisher, connection }
    } catch (error) {
      await connection.cut('it could not be set up')
      throw error
    }
  }
}

/** In reverse order of opening: consumers leave, the receipts due come in, connections close. */
async function closeAll(parts: DriverParts, deadlineMs: number): Promise<void> {
  const { link, control, management, faults, attachments } = parts
  const left = countdown(deadlineMs)
  const share = () => left() * STEP_SHARE
  const { session } = link
  const stopped = link.stop()
  await Promise.all([...attachments].map((attachment) => attachment.leave(share())))
  await session?.publisher.close(share())
  await control.close(share())
  await session?.connection.close(left())
  const waiting = new AbortController()
  await Promise.race([stopped, pause(left(), waiting.signal)])
  waiting.abort()
  management.close()
  faults.clear()
}

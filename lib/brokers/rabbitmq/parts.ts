import { now } from '#lib/util/clock.ts'
import { createSignal, type Signal } from '#lib/util/emitter.ts'
import type { ConsumerSpec, Driver, DriverLog, DriverOptions } from '../contract.ts'
import { type BrokerConnection, openConnection } from './connection.ts'
import type { Attachment } from './consume.ts'
import { type Control, createControl } from './control.ts'
import { createCopies } from './copies.ts'
import { createIdentities } from './identity.ts'
import { createLink, type Link, type LinkSession } from './link.ts'
import { createManagement, type Management } from './management.ts'
import { createOwnQueues, type OwnQueues } from './own-queues.ts'
import { parsePlace } from './place.ts'
import { createPresence, type Presence } from './presence.ts'
import { openPublishing, type Publishing } from './publish.ts'
import type { Reading } from './reading.ts'
import { createReading, settingsOf } from './readings.ts'
import { brokerDown } from './reasons.ts'
import { newestOffset } from './stream-ends.ts'
import { createTopology, type Topology } from './topology.ts'
import type { WorkerParts } from './worker.ts'

export interface Session extends LinkSession {
  publishing: Publishing
  connection: BrokerConnection
}

type Fault = Parameters<Parameters<Driver['onFault']>[0]>[0]

/** What one driver is made of. */
export interface DriverParts {
  log: DriverLog
  faults: Signal<Fault>
  management: Management
  control: Control
  topology: Topology
  /** The connection to publish on; being up is the driver's being up. */
  link: Link<Session>
  /** Workers attaching or attached. */
  attachments: Set<Attachment>
  /** Whose the queues are that subscribers have of their own, and had lately. */
  ownQueues: OwnQueues
  presence: Presence
  /** How a consumer of this driver reads. Throws AppError `invalid`, `not-capable`. */
  readingOf(spec: ConsumerSpec): Reading
  /** What a worker of this driver needs. */
  workerParts(spec: ConsumerSpec, onOver: () => void): WorkerParts
}

export function createParts(options: DriverOptions): DriverParts {
  const place = parsePlace(options.url, options.managementUrl)
  const connect = (role: string) => openConnection(place.connectUrl, `${options.clientName}:${role}`)
  const faults = createSignal<Fault>()
  const management = createManagement(place, options.log)
  const control = createControl(() => connect('control'))
  const attachments = new Set<Attachment>()
  const topology = createTopology({
    control,
    management,
    log: options.log,
    report: {
      lost: (address, code, text) => faults.emit({ address, code, text }),
      refused: (address, error) => faults.emit({ address, code: 'declare-refused', text: error.message }),
      unbound: (address, text) => {
        for (const one of attachments) if (one.spec.address === address) one.unbound(text)
      },
    },
  })
  const establish = createEstablish(options.clientName, connect, topology, faults)
  const link = createLink(establish, options.log)
  const identities = createIdentities()
  const ownQueues = createOwnQueues()
  const presence = createPresence(now)
  const newestOf = (stream: string) => newestOffset(control, stream)
  const shared = { topology, identities, copies: createCopies(now), ownQueue: ownQueues.add, newestOf }
  let deliveries = 0
  return {
    log: options.log,
    faults,
    management,
    control,
    topology,
    link,
    attachments,
    ownQueues,
    presence,
    readingOf: (spec) => createReading(spec, shared),
    workerParts: ({ address, name, mode }, onOver) => ({
      topology,
      ...settingsOf(mode),
      identities,
      connect: () => connect(`${address}/${name}`),
      isUp: () => link.session !== null,
      untilUp: link.untilUp,
      nextDelivery: () => ++deliveries,
      enter: presence.enter,
      fault: (code, text) => faults.emit({ address, consumer: name, code, text }),
      onOver,
    }),
  }
}

/** Brings the publishing connection up: its channel first, then every queue that was declared here before. */
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
      const publishing = await openPublishing(connection, report)
      if (lostAt !== null) await topology.ensureAll(lostAt)
      if (isStopped()) throw brokerDown('closed while it was connecting')
      return { version: connection.version, ended: connection.ended, publishing, connection }
    } catch (error) {
      await connection.cut('it could not be set up')
      throw error
    }
  }
}

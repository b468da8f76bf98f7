import { createSignal, type Signal } from '#lib/util/emitter.ts'
import type { ConsumerSpec, Driver, DriverOptions } from '../contract.ts'
import { type BrokerConnection, openConnection } from './connection.ts'
import type { Attachment } from './consume.ts'
import { type Control, createControl } from './control.ts'
import { createIdentities } from './identity.ts'
import { createLink, type Link, type LinkSession } from './link.ts'
import { createManagement, type Management } from './management.ts'
import { parsePlace } from './place.ts'
import { openPublishing, type Publishing } from './publish.ts'
import { brokerDown } from './reasons.ts'
import { createTopology, type Topology } from './topology.ts'
import type { WorkerParts } from './worker.ts'

export interface Session extends LinkSession {
  publishing: Publishing
  connection: BrokerConnection
}

type Fault = Parameters<Parameters<Driver['onFault']>[0]>[0]

/** What one driver is made of. */
export interface DriverParts {
  faults: Signal<Fault>
  management: Management
  control: Control
  topology: Topology
  /** The connection to publish on; being up is the driver's being up. */
  link: Link<Session>
  /** Workers attaching or attached. */
  attachments: Set<Attachment>
  /** What a worker of this driver needs. */
  workerParts(spec: ConsumerSpec, onOver: () => void): WorkerParts
}

export function createParts(options: DriverOptions): DriverParts {
  const place = parsePlace(options.url, options.managementUrl)
  const connect = (role: string) => openConnection(place.connectUrl, `${options.clientName}:${role}`)
  const faults = createSignal<Fault>()
  const management = createManagement(place)
  const control = createControl(() => connect('control'))
  const topology = createTopology(control, management, {
    lost: (address, text) => faults.emit({ address, code: 'queue-lost', text }),
    refused: (address, error) => faults.emit({ address, code: 'declare-refused', text: error.message }),
  })
  const establish = createEstablish(options.clientName, connect, topology, faults)
  const link = createLink(establish, options.log)
  const identities = createIdentities()
  let deliveries = 0
  return {
    faults,
    management,
    control,
    topology,
    link,
    attachments: new Set(),
    workerParts: ({ address, name }, onOver) => ({
      topology,
      identities,
      connect: () => connect(`${address}/${name}`),
      isUp: () => link.session !== null,
      untilUp: link.untilUp,
      nextDelivery: () => ++deliveries,
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

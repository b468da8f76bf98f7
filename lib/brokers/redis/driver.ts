import type { CreateDriver, Driver, DriverOptions, DriverStatus } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { createSignal } from '#lib/util/emitter.ts'
import { ANSWER_TIMEOUT_MS, type Connection, openPair } from './connection.ts'
import { createConsumers } from './consume.ts'
import { brokerDown, politely, reasonOf } from './failures.ts'
import { createFanout } from './fanout.ts'
import { manifest } from './manifest.ts'
import { createPendingReceipts } from './publish.ts'
import { createKeeper } from './session-keeper.ts'
import { createTopology } from './topology.ts'

/** How long closing may take altogether before what is left is cut. */
const CLOSE_DEADLINE_MS = 5_000

type Life = 'new' | 'open' | 'closed'

/** The driver's own two connections: PUBLISH, XADD and LPUSH on one, everything else on the other. */
interface DriverConnections {
  readonly publisher: Connection
  readonly questions: Connection
  readonly ended: Promise<Error>
  quit(deadlineMs: number): Promise<void>
}

async function openDriverConnections(
  { url, clientName }: DriverOptions,
  signal: AbortSignal,
): Promise<DriverConnections> {
  const options = (part: string) => {
    return { url, name: `${clientName}:${part}`, answerTimeoutMs: ANSWER_TIMEOUT_MS, signal }
  }
  const { first, second, ended, quit } = await openPair(options('publisher'), options('questions'))
  return { publisher: first, questions: second, ended, quit }
}

/**
 * Redis: every PUBLISH, XADD and LPUSH runs on one connection, questions on another, and each consumer has connections of
 * its own. Nothing is queued by this driver, or sent twice by anybody.
 */
export const createDriver: CreateDriver = (options: DriverOptions): Driver => {
  const statuses = createSignal<DriverStatus>()
  const faults = createSignal<{ address?: string; consumer?: string; code: string; text: string }>()
  const receipts = createPendingReceipts()
  const consumers = createConsumers()
  const parts = {
    ...options,
    consumers,
    trackReceipt: receipts.track,
    onFault: faults.emit,
    questions: () => connected().questions,
  }
  const fanout = createFanout(parts)
  const topology = createTopology(parts)
  let life: Life = 'new'
  let connections: DriverConnections | undefined
  let status: DriverStatus = { status: 'down', reason: { code: 'stopped', text: 'not opened yet' }, tries: 0 }

  const setStatus = (next: DriverStatus) => {
    status = next
    options.log.debug({ broker: 'redis', ...next }, 'status')
    statuses.emit(next)
  }
  const keeper = createKeeper<DriverConnections>({
    open: (signal) => openDriverConnections(options, signal),
    onUp: (opened) => {
      connections = opened
      setStatus({ status: 'up', version: opened.publisher.version })
      consumers.brokerIsBack()
    },
    onLost: (error) => {
      connections = undefined
      const reason = { code: 'lost', text: error.message } as const
      setStatus({ status: 'connecting', reason, tries: 0, nextTryAt: now() })
    },
    onFailed: (error, tries, nextTryAt) => {
      setStatus({ status: 'down', reason: reasonOf(error), tries, nextTryAt })
    },
  })
  const notConnected = () => brokerDown(status.status === 'up' ? 'closing' : status.reason.text)
  const connected = (): DriverConnections => {
    if (connections && life === 'open') return connections
    throw notConnected()
  }
  const closeAll = async (deadlineMs: number) => {
    life = 'closed'
    const endsAt = now() + deadlineMs
    const left = () => Math.max(1, endsAt - now())
    await consumers.close()
    await politely('receipts', left(), receipts.settled)
    await keeper.stop()
    await connections?.quit(left())
    connections = undefined
    setStatus({ status: 'down', reason: { code: 'stopped', text: 'closed' }, tries: 0 })
    for (const signal of [statuses, faults]) signal.clear()
  }
  let closing: Promise<void> | undefined
  return {
    manifest,
    open: () => {
      if (life !== 'new') return
      life = 'open'
      setStatus({ status: 'connecting', reason: { code: 'connecting', text: 'connecting' }, tries: 0 })
      keeper.start()
    },
    retry: () => keeper.retryNow(),
    get status() {
      return status
    },
    onStatus: statuses.on,
    // A group of Redis has no members with shares of their own: whoever asks next gets the next entry.
    onAssignment: () => () => undefined,
    onFault: faults.on,
    declare: async (spec) => topology.declare(connected().questions, spec),
    alter: async (spec) => topology.alter(connected().questions, spec),
    remove: async (address, { keep = false } = {}) => {
      await topology.remove(() => connected().questions, address, keep)
      fanout.forget(address)
    },
    publish: (address, message) => {
      if (!connections || life !== 'open') return Promise.reject(notConnected())
      const { publisher } = connections
      const destination = topology.get(address)
      return destination
        ? destination.publish(publisher, message)
        : fanout.publish(publisher, address, message)
    },
    attach: async (spec, listener) => {
      connected()
      if (spec.mode === 'fanout') return fanout.attach(spec, listener)
      const destination = topology.get(spec.address)
      if (destination) return destination.attach(spec, listener)
      throw new AppError('destination-not-found', `"${spec.address}" was not declared here`)
    },
    facts: async (address) => {
      const { questions } = connected()
      const destination = topology.get(address)
      return destination ? destination.facts(questions) : fanout.facts(questions, address)
    },
    close: (deadlineMs = CLOSE_DEADLINE_MS) => (closing ??= closeAll(deadlineMs)),
  }
}

import type { CreateDriver, Driver, DriverOptions, DriverStatus } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { createSignal } from '#lib/util/emitter.ts'
import { politely } from './bounded.ts'
import { createCells } from './cells.ts'
import { createChannels } from './channels.ts'
import { createDue } from './due.ts'
import { readFacts } from './facts.ts'
import { createKeeper } from './keep-open.ts'
import { manifest } from './manifest.ts'
import { fanoutMode } from './modes/fanout.ts'
import { createPublishing } from './publish.ts'
import { brokerDown, reasonOf } from './reasons.ts'
import { createRoster } from './roster.ts'
import { createSubscribers } from './subscribers.ts'
import { openTrunk, type Trunk } from './trunk.ts'

/** How long closing may take altogether before what is left is cut. */
const CLOSE_DEADLINE_MS = 5_000

type Life = 'new' | 'open' | 'closed'

/**
 * Redis: every PUBLISH, XADD and LPUSH on one connection, questions on another, and each consumer on connections of its
 * own. Nothing is queued by this driver, or sent twice by anybody.
 */
export const createDriver: CreateDriver = (options: DriverOptions): Driver => {
  const statuses = createSignal<DriverStatus>()
  const faults = createSignal<{ address?: string; consumer?: string; code: string; text: string }>()
  const channels = createChannels()
  const subscribers = createSubscribers(options, channels, faults.emit)
  const publishing = createPublishing(channels)
  const roster = createRoster()
  const due = createDue()
  const cells = createCells({
    ...options,
    roster,
    due: due.track,
    onFault: faults.emit,
    questions: () => connected().questions,
  })
  let life: Life = 'new'
  let trunk: Trunk | undefined
  let status: DriverStatus = { status: 'down', reason: { code: 'stopped', text: 'not opened yet' }, tries: 0 }

  const tell = (next: DriverStatus) => {
    status = next
    options.log.debug({ broker: 'redis', ...next }, 'status')
    statuses.emit(next)
  }
  const keeper = createKeeper<Trunk>({
    open: (signal) => openTrunk(options, signal),
    onUp: (opened) => {
      trunk = opened
      tell({ status: 'up', version: opened.version })
      subscribers.brokerIsBack()
      roster.brokerIsBack()
    },
    onLost: (error) => {
      trunk = undefined
      tell({
        status: 'connecting',
        reason: { code: 'lost', text: error.message },
        tries: 0,
        nextTryAt: now(),
      })
    },
    onFailed: (error, tries, nextTryAt) => {
      tell({ status: 'down', reason: reasonOf(error), tries, nextTryAt })
    },
  })
  const notConnected = () => brokerDown(status.status === 'up' ? 'closing' : status.reason.text)
  const connected = (): Trunk => {
    if (trunk && life === 'open') return trunk
    throw notConnected()
  }
  const closeAll = async (deadlineMs: number) => {
    life = 'closed'
    const endsAt = now() + deadlineMs
    const left = () => Math.max(1, endsAt - now())
    await Promise.all([subscribers.close(), roster.close()])
    await politely('receipts', left(), () => Promise.all([publishing.settled(), due.settled()]))
    await keeper.stop()
    await trunk?.quit(left())
    trunk = undefined
    tell({ status: 'down', reason: { code: 'stopped', text: 'closed' }, tries: 0 })
    for (const signal of [statuses, faults]) signal.clear()
  }
  let closing: Promise<void> | undefined
  return {
    manifest,
    open: () => {
      if (life !== 'new') return
      life = 'open'
      tell({ status: 'connecting', reason: { code: 'connecting', text: 'connecting' }, tries: 0 })
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
    declare: async (spec) => {
      const { questions } = connected()
      const cell = cells.for(spec.address, spec.mode, spec.settings)
      if (!cell) return { traits: ['keeps nothing'], existed: false }
      const declared = await cell.declare(questions, spec)
      cells.enter(spec.address, cell)
      return declared
    },
    alter: async (spec) => {
      const { questions } = connected()
      const cell = cells.get(spec.address)
      if (!cell) throw new AppError('not-capable', fanoutMode.lacks.alter ?? '')
      return cell.alter(questions, spec)
    },
    remove: async (address, { keep = false } = {}) => {
      const cell = cells.get(address)
      if (cell) await cell.remove(connected().questions, keep)
      cells.forget(address)
      channels.tidy(address)
    },
    publish: (address, message) => {
      if (!trunk || life !== 'open') return Promise.reject(notConnected())
      const cell = cells.get(address)
      return cell
        ? cell.publish(trunk.publisher, message)
        : publishing.publish(trunk.publisher, address, message)
    },
    attach: async (spec, listener) => {
      connected()
      if (spec.mode === 'fanout') return subscribers.attach(spec, listener)
      const cell = cells.get(spec.address)
      if (cell) return cell.attach(spec, listener)
      throw new AppError('destination-not-found', `"${spec.address}" was not declared here`)
    },
    facts: async (address) => {
      const { questions } = connected()
      const cell = cells.get(address)
      return cell ? cell.facts(questions) : readFacts(questions, address, subscribers.all())
    },
    close: (deadlineMs = CLOSE_DEADLINE_MS) => (closing ??= closeAll(deadlineMs)),
  }
}

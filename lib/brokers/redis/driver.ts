import type { CreateDriver, Driver, DriverOptions, DriverStatus } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Mode } from '#lib/protocol/names.ts'
import { now } from '#lib/util/clock.ts'
import { createSignal } from '#lib/util/emitter.ts'
import { politely } from './bounded.ts'
import { createChannels } from './channels.ts'
import { readFacts } from './facts.ts'
import { createKeeper } from './keep-open.ts'
import { manifest } from './manifest.ts'
import { createPublishing } from './publish.ts'
import { brokerDown, reasonOf } from './reasons.ts'
import { createSubscribers } from './subscribers.ts'
import { openTrunk, type Trunk } from './trunk.ts'

/** How long closing may take altogether before what is left is cut. */
const CLOSE_DEADLINE_MS = 5_000

type Life = 'new' | 'open' | 'closed'

/**
 * Redis pub/sub: PUBLISH on one connection, questions on another, and each subscriber on a connection of its own.
 * Nothing is kept by Redis, queued by this driver, or sent twice by anybody.
 */
export const createDriver: CreateDriver = (options: DriverOptions): Driver => {
  const statuses = createSignal<DriverStatus>()
  const faults = createSignal<{ address?: string; consumer?: string; code: string; text: string }>()
  const channels = createChannels()
  const subscribers = createSubscribers(options, channels, faults.emit)
  const publishing = createPublishing(channels)
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
    await subscribers.close()
    await politely('receipts', left(), publishing.settled)
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
    // Redis pub/sub has no groups, and so nothing to share out.
    onAssignment: () => () => undefined,
    onFault: faults.on,
    declare: async (spec) => {
      connected()
      mustBeFanout(spec.mode)
      return { traits: ['keeps nothing'], existed: false }
    },
    alter: async () => {
      throw new AppError('not-capable', 'A Redis channel has no settings')
    },
    remove: async (address) => channels.tidy(address),
    publish: (address, message) =>
      trunk && life === 'open'
        ? publishing.publish(trunk.publisher, address, message)
        : Promise.reject(notConnected()),
    attach: async (spec, listener) => {
      connected()
      mustBeFanout(spec.mode)
      return subscribers.attach(spec, listener)
    },
    facts: async (address) => {
      const { questions } = connected()
      return readFacts(questions, address, subscribers.of(address))
    },
    close: (deadlineMs = CLOSE_DEADLINE_MS) => (closing ??= closeAll(deadlineMs)),
  }
}

function mustBeFanout(mode: Mode): void {
  if (mode !== 'fanout') throw new AppError('not-capable', `This driver has no ${mode} on Redis`)
}

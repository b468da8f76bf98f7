import type { AttachedConsumer, ConsumerSpec } from '#lib/brokers/contract.ts'
import type { CommandArguments, ConsumerCommand, SettleVerb } from '#lib/protocol/commands.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { CONSUMER_REASONS, type Consumer, type ConsumerState, type Settings } from '#lib/protocol/room.ts'
import { backoffMs } from '#lib/util/backoff.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { changeSettings } from './change-settings.ts'
import { createConsumerFace, type NewFace } from './consumer-face.ts'
import { createConsumerLine, type StateEvent } from './consumer-line.ts'
import { isBrokerDown, type RoomContext, requireDriver, wordsOf } from './context.ts'
import { createSerial } from './serial.ts'

/**
 * One consumer of a room from its adding to its removing, over many attachments. Everything that changes its
 * attachment runs one after another, so that a crash never overtakes an attach.
 */
export interface ConsumerLife {
  readonly now: Consumer
  /** Attaches if it should be: wanted, the room awake, the broker up. Never rejects; failures are faults and tried again. */
  ensure(): Promise<void>
  /** Says why it cannot attach yet, where it should be. */
  wait(reason: string): void
  /** Attaches now or throws `broker-down`, `broker-refused`, `broker-timeout`. */
  attach(): Promise<void>
  /** Leaves politely until `ensure` is called in an awake room. */
  sleep(): Promise<void>
  /** Throws `wrong-state`, `invalid` for a verb without what it is given, and what the driver throws. */
  command(command: ConsumerCommand, given: CommandArguments): Promise<void>
  /** Stores settings; throws `not-capable` where they cannot change while attached. */
  update(settings: Settings): Promise<void>
  /** Leaves for good and says so. */
  remove(): Promise<void>
  /** Its driver is gone and its attachment with it. */
  forget(): void
}

/** Trying again to attach where the broker refused: soon, then ever more seldom. */
const RETRY_FIRST_MS = 500
const RETRY_MAX_MS = 30_000

export interface ConsumerLifeOptions {
  consumer: NewFace
  spec: ConsumerSpec
  /** Whether its arrivals are settled one by one. */
  settles: boolean
  /** Whether whoever makes it calls `attach` at once. */
  attaching: boolean
}

export function createConsumerLife(ctx: RoomContext, options: ConsumerLifeOptions): ConsumerLife {
  const serial = createSerial()
  const face = createConsumerFace(ctx, options.consumer, options.attaching)
  const { system, destination, name, group } = options.consumer
  const place = { system, destination, consumer: name, group, settles: options.settles }
  const line = createConsumerLine(ctx, place, onState)
  let spec = options.spec
  /** False from a crash asked for by a person until `start`. */
  let wanted = true
  let paused = false
  let removed = false
  let retryTimer: NodeJS.Timeout | undefined
  let tries = 0
  let lastFault = ''

  function onState(event: StateEvent): void {
    const why = event.reason === undefined ? {} : { reason: event.reason }
    // What became of the arrivals in hand when the line broke is told before it is attached again.
    if (event.state !== 'attaching') line.dropInHand()
    switch (event.state) {
      case 'attaching':
        face.set({ state: 'attaching', ...why })
        break
      case 'attached':
        if (paused) void restorePause()
        face.set({ state: paused ? 'paused' : 'attached' })
        break
      case 'crashed': {
        const { evictedAt } = event
        face.set({ state: 'crashed', ...why, ...(evictedAt === undefined ? {} : { evictedAt }) })
        break
      }
      case 'detached':
        onDetached(why)
        break
      default:
        unreachable(event.state)
    }
  }

  /** The broker has noticed a crash, or the driver has given the consumer up. */
  function onDetached(why: { reason?: string }): void {
    if (face.now.state === 'crashed') {
      face.set({ state: 'crashed', ...why })
    } else {
      line.cut()
      face.set({ state: 'detached', ...why })
    }
  }

  /** Attached again after an outage: a person's pause outlives it. */
  async function restorePause(): Promise<void> {
    try {
      await line.handle?.pause()
    } catch (error) {
      complain('pause-failed', error)
    }
  }

  function complain(code: string, error: unknown): void {
    const text = wordsOf(error)
    if (text === lastFault) return
    lastFault = text
    ctx.fault({ system, destination, consumer: name, code, text })
  }

  async function attachNow(): Promise<void> {
    stopRetrying()
    const driver = requireDriver(ctx.slots, system)
    face.set({ state: 'attaching' })
    await line.attach(driver, spec, paused)
    tries = 0
    lastFault = ''
    face.set({ state: paused ? 'paused' : 'attached' })
  }

  const shouldAttach = () => wanted && !removed && !line.busy && ctx.isAwake()

  async function ensureNow(): Promise<void> {
    if (!shouldAttach()) return
    try {
      await attachNow()
    } catch (error) {
      if (isBrokerDown(error)) face.set({ state: 'attaching', reason: CONSUMER_REASONS.brokerDown })
      else retryLater(error)
    }
  }

  function retryLater(error: unknown): void {
    complain('attach-failed', error)
    face.set({ state: 'attaching', reason: wordsOf(error) })
    retryTimer = setTimeout(() => void serial.run(ensureNow), backoffMs(tries, RETRY_FIRST_MS, RETRY_MAX_MS))
    tries += 1
  }

  function stopRetrying(): void {
    clearTimeout(retryTimer)
  }

  async function leaveNow(): Promise<void> {
    stopRetrying()
    try {
      await line.leave()
    } catch (error) {
      complain('leave-failed', error)
    }
  }

  async function sleepNow(): Promise<void> {
    if (ctx.isAwake() || removed || !wanted) return
    await leaveNow()
    face.set({ state: 'detached', reason: CONSUMER_REASONS.asleep })
  }

  async function removeNow(): Promise<void> {
    if (removed) return
    removed = true
    await leaveNow()
    face.gone()
  }

  function requireState(command: string, ...allowed: ConsumerState[]): AttachedConsumer | undefined {
    requirePresent()
    const { state } = face.now
    if (allowed.includes(state)) return line.handle
    throw new AppError('wrong-state', `cannot ${command} ${name}: it is ${state}`, { detail: { state } })
  }

  function requirePresent(): void {
    if (removed) throw new AppError('consumer-not-found', `${name} has been removed`)
  }

  async function settleNow(verb: SettleVerb, { delivery }: CommandArguments): Promise<void> {
    const handle = requireState(verb, 'attached', 'paused')
    if (delivery === undefined) throw missing('delivery')
    await handle?.settle(line.numberAtDriver(delivery), verb)
  }

  const steps: Record<ConsumerCommand, (given: CommandArguments) => Promise<void>> = {
    ack: (given) => settleNow('ack', given),
    requeue: (given) => settleNow('requeue', given),
    reject: (given) => settleNow('reject', given),
    seek: async ({ seek }) => {
      const handle = requireState('seek', 'attached', 'paused')
      if (seek === undefined) throw missing('seek')
      await handle?.seek(seek)
    },
    pause: async () => {
      await requireState('pause', 'attached')?.pause()
      paused = true
      face.set({ state: 'paused' })
    },
    resume: async () => {
      await requireState('resume', 'paused')?.resume()
      paused = false
      face.set({ state: 'attached' })
    },
    crash: async () => {
      const handle = requireState('crash', 'attached', 'paused')
      wanted = false
      paused = false
      await handle?.crash()
      line.dropInHand()
      if (face.now.state !== 'crashed') face.set({ state: 'crashed' })
    },
    start: async () => {
      requireState('start', 'crashed', 'detached')
      wanted = true
      try {
        await attachNow()
      } catch (error) {
        wanted = false
        face.set({ state: 'detached', reason: wordsOf(error) })
        throw error
      }
    },
  }

  async function updateNow(settings: Settings): Promise<void> {
    requirePresent()
    const steps = { attach: attachNow, leave: leaveNow, ensure: ensureNow }
    await changeSettings({ face, line, settle, ...steps }, settings)
  }

  function settle(settings: Settings): void {
    spec = { ...spec, settings }
    face.settle(settings)
  }

  return {
    get now() {
      return face.now
    },
    ensure: () => serial.run(ensureNow),
    wait: (reason) => {
      if (shouldAttach()) face.set({ state: 'attaching', reason })
    },
    attach: () => serial.run(attachNow),
    sleep: () => serial.run(sleepNow),
    command: (command, given) => serial.run(() => steps[command](given)),
    update: (settings) => serial.run(() => updateNow(settings)),
    remove: () => serial.run(removeNow),
    forget: line.cut,
  }
}

const missing = (field: 'delivery' | 'seek') =>
  new AppError('invalid', `the command needs "${field}"`, { detail: { field } })

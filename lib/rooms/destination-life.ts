import type { Declared, DestinationSpec, Driver, ModeManifest } from '#lib/brokers/contract.ts'
import type { Destination, Settings } from '#lib/protocol/room.ts'
import { backoffMs } from '#lib/util/backoff.ts'
import { now } from '#lib/util/clock.ts'
import { isBrokerDown, type RoomContext, wordsOf } from './context.ts'
import { createSerial } from './serial.ts'

/** One destination of a room: what it is called, and whether its broker has it. */
export interface DestinationLife {
  readonly now: Destination
  readonly spec: DestinationSpec
  readonly mode: ModeManifest
  /** It was on the broker before it was added to the lobby: removing it here leaves it there. */
  readonly isForeign: boolean
  /** The lobby's own three, which stay. */
  readonly stays: boolean
  /**
   * Declares it unless it has been since the broker was last seen up (`session` names that time). Never rejects: a
   * refusal is a fault and the destination's state, and is tried again.
   */
  ensure(driver: Driver, session: number): Promise<void>
  /** Throws `broker-refused` and the like instead. */
  declare(driver: Driver, session: number): Promise<void>
  /** Changes its settings on the broker, or throws what the driver throws and leaves everything as it was. */
  alter(driver: Driver, settings: Settings): Promise<void>
  /** Tells that it is gone, and stops trying. */
  gone(): void
  close(): void
}

const RETRY_FIRST_MS = 1_000
const RETRY_MAX_MS = 30_000

export interface DestinationLifeOptions {
  destination: Omit<Destination, 'state' | 'traits' | 'stays'>
  spec: DestinationSpec
  mode: ModeManifest
  stays: boolean
  /** Time to try again to bring it up, with all its consumers. */
  onRetry: () => void
}

export function createDestinationLife(ctx: RoomContext, options: DestinationLifeOptions): DestinationLife {
  const serial = createSerial()
  const { mode, stays, onRetry } = options
  let spec = options.spec
  let destination: Destination = {
    ...options.destination,
    ...(stays ? { stays } : {}),
    state: 'pending',
    traits: [],
  }
  let isForeign: boolean | undefined
  let declaredIn = 0
  let closed = false
  let tries = 0
  let retryTimer: NodeJS.Timeout | undefined
  const { system, name } = destination

  function tell(present: Destination | null): void {
    const evidence = present === null || present.state === 'pending' ? 'client' : 'broker'
    ctx.stream.emit({ kind: 'destination', at: now(), evidence, system, destination: name, now: present })
  }

  function set(change: Pick<Destination, 'state' | 'traits' | 'note'> & Partial<Destination>): void {
    const { note: _note, ...rest } = destination
    const next: Destination = { ...rest, ...change }
    const same = JSON.stringify(next) === JSON.stringify(destination)
    destination = next
    if (!same) tell(next)
  }

  async function declareNow(driver: Driver, session: number): Promise<void> {
    if (closed || declaredIn === session) return
    const declared = await driver.declare(spec)
    declaredIn = session
    tries = 0
    // Only the first time tells: later it is there because it was made here.
    isForeign ??= declared.existed && !ctx.naming.owned
    if (!closed) set(asDeclared(declared))
  }

  async function alterNow(driver: Driver, settings: Settings): Promise<void> {
    const next = { ...spec, settings }
    const declared = await driver.alter(next)
    spec = next
    if (!closed) set({ settings, ...asDeclared(declared) })
  }

  async function ensureNow(driver: Driver, session: number): Promise<void> {
    try {
      await declareNow(driver, session)
    } catch (error) {
      if (!closed && !isBrokerDown(error)) refused(wordsOf(error))
    }
  }

  function refused(note: string): void {
    if (destination.note !== note)
      ctx.fault({ system, destination: name, code: 'declare-failed', text: note })
    set({ state: 'refused', traits: [], note })
    clearTimeout(retryTimer)
    retryTimer = setTimeout(onRetry, backoffMs(tries, RETRY_FIRST_MS, RETRY_MAX_MS))
    tries += 1
  }

  function close(): void {
    closed = true
    clearTimeout(retryTimer)
  }

  tell(destination)
  return {
    get now() {
      return destination
    },
    get spec() {
      return spec
    },
    get isForeign() {
      return isForeign ?? false
    },
    mode,
    stays,
    ensure: (driver, session) => serial.run(() => ensureNow(driver, session)),
    declare: (driver, session) => serial.run(() => declareNow(driver, session)),
    alter: (driver, settings) => serial.run(() => alterNow(driver, settings)),
    gone: () => {
      close()
      tell(null)
    },
    close,
  }
}

const asDeclared = ({ traits, note }: Declared): Pick<Destination, 'state' | 'traits' | 'note'> => ({
  state: 'declared',
  traits,
  ...(note === undefined ? {} : { note }),
})

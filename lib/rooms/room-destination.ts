import type { Declared, DestinationSpec, Driver, ModeManifest } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { parseSettings } from '#lib/protocol/parse.ts'
import type { Destination, Settings } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import { RetryTimer } from '#lib/util/retry-timer.ts'
import { requireDriver } from './lookup.ts'
import { isBrokerDown, type RoomContext, reasonText } from './room-context.ts'

/** The wait before a refused declaration is tried again: short at first, then longer and longer. */
const RETRY_FIRST_MS = 1_000
const RETRY_MAX_MS = 30_000

export interface RoomDestinationOptions {
  destination: Omit<Destination, 'state' | 'traits' | 'stays' | 'existed'>
  spec: DestinationSpec
  mode: ModeManifest
  /** One of the lobby's own three, which stay. */
  stays: boolean
  /** It is time to try again to declare it and to attach its consumers. */
  onRetry: () => void
}

/** What becomes of a destination's consumers while it is removed. */
export interface RemovalSteps {
  /** They leave, before the broker is asked. */
  before(): Promise<void>
  /** The broker did not remove it: they come back. */
  failed(): void
  /** The broker has removed it. */
  after(): Promise<void>
}

/**
 * One destination of a room: its names and settings, and whether its broker has it. What declares, alters or removes it
 * runs one after another, also where another room once had the same name on the broker.
 */
export class RoomDestination {
  readonly mode: ModeManifest
  readonly stays: boolean
  private readonly ctx: RoomContext
  private readonly retry: RetryTimer
  private currentSpec: DestinationSpec
  private current: Destination
  private existedBefore: boolean | undefined
  private declaredIn = 0
  private closed = false
  private leaving = false

  constructor(ctx: RoomContext, { destination, spec, mode, stays, onRetry }: RoomDestinationOptions) {
    this.ctx = ctx
    this.mode = mode
    this.stays = stays
    this.retry = new RetryTimer(RETRY_FIRST_MS, RETRY_MAX_MS, onRetry)
    this.currentSpec = spec
    this.current = { ...destination, ...(stays ? { stays } : {}), state: 'pending', traits: [] }
    ctx.locks.enter(this.current, this)
    this.emit(this.current)
  }

  get now(): Destination {
    return this.current
  }

  get spec(): DestinationSpec {
    return this.currentSpec
  }

  /**
   * It was on the broker before it was added to the lobby: changing it takes a person's word, and removing it leaves it
   * there.
   */
  get isForeign(): boolean {
    return this.existedBefore ?? false
  }

  /** It is being removed, or was: no consumer can be added. */
  get isLeaving(): boolean {
    return this.leaving || this.closed
  }

  /**
   * Declares it unless that was done since the broker was last seen coming up (`incarnation` numbers these times), or
   * somebody deleted it on the broker. Never rejects: a refusal is emitted as a fault, shown as the destination's state,
   * and tried again.
   */
  ensureDeclared(driver: Driver, incarnation: number): Promise<void> {
    return this.alone(async () => {
      if (this.current.state === 'gone' && !this.stays) return
      try {
        await this.declareNow(driver, incarnation)
      } catch (error) {
        if (!this.closed && !isBrokerDown(error)) this.onRefused(reasonText(error))
      }
    })
  }

  /** The same, also for one that is gone, but throws `broker-refused` and whatever else the driver throws. */
  declare(driver: Driver, incarnation: number): Promise<void> {
    return this.alone(() => {
      this.requirePresent()
      return this.declareNow(driver, incarnation)
    })
  }

  /**
   * Changes the settings that a person named. Throws `existed-before` where other programs may use it, unless `confirmed`,
   * `invalid`, and what the driver throws; then nothing has changed.
   */
  alter(driver: Driver, changes: Settings, confirmed: boolean): Promise<void> {
    return this.alone(async () => {
      this.requirePresent()
      if (this.isForeign && !confirmed) requireOwnUse(this, changes)
      const asked = { ...this.current.settings, ...changes }
      const next = { ...this.currentSpec, settings: parseSettings(this.mode.destinationSettings, asked) }
      const declared = await driver.alter(next, Object.keys(changes))
      const settings = { ...next.settings, ...declared.settings }
      this.currentSpec = { ...next, settings }
      if (!this.closed) this.set({ settings, ...asDeclared(declared) })
    })
  }

  /**
   * Removes it from its broker, and then from the room (`forget`). Throws `destination-not-found`, `broker-down` and what the
   * driver throws; then it is still there, and so are its consumers.
   */
  remove({ before, failed, after }: RemovalSteps, forget: () => void): Promise<void> {
    return this.alone(async () => {
      this.requirePresent()
      const driver = requireDriver(this.ctx.slots, this.current.system)
      this.leaving = true
      try {
        await before()
        // Under the name of one that is gone, there may be another program's by now.
        const keep = this.isForeign || this.current.state === 'gone'
        if (!this.isUsedElsewhere) await driver.remove(this.currentSpec.address, { keep })
      } catch (error) {
        this.leaving = false
        failed()
        throw error
      }
      await after()
      forget()
      this.setRemoved()
    })
  }

  /** The room is removed: deletes it from its broker, without a word to the room. Throws what the driver throws. */
  deleteFromBroker(): Promise<void> {
    return this.alone(async () => {
      if (this.isUsedElsewhere) return
      await this.ctx.slots.driver(this.current.system)?.remove(this.currentSpec.address)
    })
  }

  /** Shows it as its broker has it now: another program may have changed it there. Throws what the driver throws. */
  refresh(driver: Driver): Promise<void> {
    return this.alone(async () => {
      if (this.closed || this.current.state !== 'declared') return
      const found = await driver.describe?.(this.currentSpec.address)
      if (found === undefined || this.closed || this.current.state !== 'declared') return
      const { note } = this.current
      const settings = { ...this.current.settings, ...found.settings }
      this.currentSpec = { ...this.currentSpec, settings }
      this.set({ settings, state: 'declared', traits: found.traits, ...(note === undefined ? {} : { note }) })
    })
  }

  /** The broker had it and has it no longer: somebody deleted it there. One that stays is declared anew by itself. */
  setGone(note: string): void {
    if (this.closed || this.leaving || this.current.state !== 'declared') return
    const { system, name } = this.current
    this.declaredIn = 0
    this.existedBefore = undefined
    this.ctx.fault({ system, destination: name, code: 'destination-gone', text: note })
    const { existed: _existed, ...rest } = this.current
    this.current = rest
    this.set({ state: 'gone', traits: [], note })
    if (this.stays) this.retry.later()
  }

  /** Another program made on the broker what was gone: it waits to be declared, as one that was there before. */
  setBack(): void {
    if (this.closed || this.leaving || this.current.state !== 'gone') return
    this.set({ state: 'pending', traits: [] })
  }

  /** Emits that it is gone, and stops trying. */
  setRemoved(): void {
    this.close()
    this.emit(null)
  }

  close(): void {
    this.closed = true
    this.ctx.locks.leave(this.current, this)
    this.retry.cancel()
  }

  private async declareNow(driver: Driver, incarnation: number): Promise<void> {
    if (this.closed || this.declaredIn === incarnation) return
    const declared = await driver.declare(this.currentSpec)
    this.declaredIn = incarnation
    this.retry.reset()
    // Only the first answer counts: later it exists because it was declared here.
    this.existedBefore ??= declared.existed && this.currentSpec.shared === true
    if (this.closed) return
    const settings = { ...this.current.settings, ...declared.settings }
    this.currentSpec = { ...this.currentSpec, settings }
    const { isForeign: existed } = this
    this.set({ settings, ...asDeclared(declared), ...(existed ? { existed } : {}) })
  }

  /** Another room has it too: it stays on the broker, and in the driver's memory, for that one. */
  private get isUsedElsewhere(): boolean {
    return this.ctx.locks.isUsed(this.current, this)
  }

  private alone<T>(task: () => Promise<T>): Promise<T> {
    const { system, address } = this.current
    return this.ctx.locks.run({ system, address }, task)
  }

  private requirePresent(): void {
    if (!this.closed) return
    throw new AppError('destination-not-found', `${this.current.name} has been removed`)
  }

  private onRefused(note: string): void {
    const { system, name } = this.current
    if (this.current.note !== note)
      this.ctx.fault({ system, destination: name, code: 'declare-failed', text: note })
    this.set({ state: 'refused', traits: [], note })
    this.retry.later()
  }

  private set(change: Pick<Destination, 'state' | 'traits' | 'note'> & Partial<Destination>): void {
    const { note: _note, ...rest } = this.current
    const next: Destination = { ...rest, ...change }
    const isSame = JSON.stringify(next) === JSON.stringify(this.current)
    this.current = next
    if (!isSame) this.emit(next)
  }

  private emit(present: Destination | null): void {
    const { system, name } = this.current
    const evidence = present === null || present.state === 'pending' ? 'client' : 'broker'
    this.ctx.stream.emit({
      kind: 'destination',
      at: now(),
      evidence,
      system,
      destination: name,
      now: present,
    })
  }
}

const asDeclared = ({ traits, note }: Declared): Pick<Destination, 'state' | 'traits' | 'note'> => ({
  state: 'declared',
  traits,
  ...(note === undefined ? {} : { note }),
})

/** Throws `existed-before` unless only the dashboard's own use of the destination changes. */
function requireOwnUse({ mode, now: { name, settings } }: RoomDestination, changes: Settings): void {
  const changed = Object.keys(changes).filter((setting) => changes[setting] !== settings[setting])
  const onBroker = changed.filter((setting) => !mode.ownUse?.includes(setting))
  if (onBroker.length === 0) return
  const sentence = `${name} was on the broker before it was added here: other programs may use it`
  throw new AppError('existed-before', sentence, { detail: { name, settings: onBroker.join(', ') } })
}

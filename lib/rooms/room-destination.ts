import type { Declared, DestinationSpec, Driver, ModeManifest } from '#lib/brokers/contract.ts'
import type { Destination, Settings } from '#lib/protocol/room.ts'
import { backoffMs } from '#lib/util/backoff.ts'
import { now } from '#lib/util/clock.ts'
import { createMutex } from '#lib/util/mutex.ts'
import { isBrokerDown, type RoomContext, reasonText } from './room-context.ts'

/** The wait before a refused declaration is tried again: short at first, then longer and longer. */
const RETRY_FIRST_MS = 1_000
const RETRY_MAX_MS = 30_000

export interface RoomDestinationOptions {
  destination: Omit<Destination, 'state' | 'traits' | 'stays'>
  spec: DestinationSpec
  mode: ModeManifest
  /** One of the lobby's own three, which stay. */
  stays: boolean
  /** It is time to try again to declare it and to attach its consumers. */
  onRetry: () => void
}

/** One destination of a room: its names and settings, and whether its broker has it. */
export class RoomDestination {
  readonly mode: ModeManifest
  readonly stays: boolean
  private readonly ctx: RoomContext
  private readonly onRetry: () => void
  private readonly mutex = createMutex()
  private currentSpec: DestinationSpec
  private current: Destination
  private existedBefore: boolean | undefined
  private declaredIn = 0
  private closed = false
  private tries = 0
  private retryTimer: NodeJS.Timeout | undefined

  constructor(ctx: RoomContext, { destination, spec, mode, stays, onRetry }: RoomDestinationOptions) {
    this.ctx = ctx
    this.mode = mode
    this.stays = stays
    this.onRetry = onRetry
    this.currentSpec = spec
    this.current = { ...destination, ...(stays ? { stays } : {}), state: 'pending', traits: [] }
    this.emit(this.current)
  }

  get now(): Destination {
    return this.current
  }

  get spec(): DestinationSpec {
    return this.currentSpec
  }

  /** It was on the broker before it was added to the lobby: removing it here leaves it there. */
  get isForeign(): boolean {
    return this.existedBefore ?? false
  }

  /**
   * Declares it unless that was done since the broker was last seen coming up (`incarnation` numbers these times). Never
   * rejects: a refusal is emitted as a fault, shown as the destination's state, and tried again.
   */
  ensureDeclared(driver: Driver, incarnation: number): Promise<void> {
    return this.mutex.run(async () => {
      try {
        await this.declareNow(driver, incarnation)
      } catch (error) {
        if (!this.closed && !isBrokerDown(error)) this.onRefused(reasonText(error))
      }
    })
  }

  /** The same, but throws `broker-refused` and whatever else the driver throws. */
  declare(driver: Driver, incarnation: number): Promise<void> {
    return this.mutex.run(() => this.declareNow(driver, incarnation))
  }

  /** Changes its settings on the broker. Throws what the driver throws; then nothing has changed. */
  alter(driver: Driver, settings: Settings): Promise<void> {
    return this.mutex.run(async () => {
      const next = { ...this.currentSpec, settings }
      const declared = await driver.alter(next)
      this.currentSpec = next
      if (!this.closed) this.set({ settings, ...asDeclared(declared) })
    })
  }

  /** Emits that it is gone, and stops trying. */
  setRemoved(): void {
    this.close()
    this.emit(null)
  }

  close(): void {
    this.closed = true
    clearTimeout(this.retryTimer)
  }

  private async declareNow(driver: Driver, incarnation: number): Promise<void> {
    if (this.closed || this.declaredIn === incarnation) return
    const declared = await driver.declare(this.currentSpec)
    this.declaredIn = incarnation
    this.tries = 0
    // Only the first answer counts: later it exists because it was declared here.
    this.existedBefore ??= declared.existed && !this.ctx.names.owned
    if (!this.closed) this.set(asDeclared(declared))
  }

  private onRefused(note: string): void {
    const { system, name } = this.current
    if (this.current.note !== note)
      this.ctx.fault({ system, destination: name, code: 'declare-failed', text: note })
    this.set({ state: 'refused', traits: [], note })
    clearTimeout(this.retryTimer)
    this.retryTimer = setTimeout(this.onRetry, backoffMs(this.tries, RETRY_FIRST_MS, RETRY_MAX_MS))
    this.tries += 1
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

import type { ConsumerSpec } from '#lib/brokers/contract.ts'
import type { CommandArguments, ConsumerCommand } from '#lib/protocol/command-schemas.ts'
import { CONSUMER_REASONS } from '#lib/protocol/consumer-reasons.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { LineDamage } from '#lib/protocol/faults.ts'
import type { Consumer, Settings } from '#lib/protocol/room.ts'
import { createMutex } from '#lib/util/mutex.ts'
import { RetryTimer } from '#lib/util/retry-timer.ts'
import { ConsumerAttachment } from './consumer-attachment.ts'
import { ConsumerLine } from './consumer-line.ts'
import { ConsumerStates } from './consumer-states.ts'
import { ConsumerStatus, type NewConsumer, roleOf } from './consumer-status.ts'
import type { SeatOwner } from './contract.ts'
import { requireDriver } from './lookup.ts'
import { isBrokerDown, isTimeout, type RoomContext, reasonText } from './room-context.ts'

/** The wait before attaching is tried again where the broker refused: short at first, then longer and longer. */
const RETRY_FIRST_MS = 500
const RETRY_MAX_MS = 30_000
const DESTINATION_LEAVES = 'its destination is being removed'

/** `attaching`: whoever creates it calls `attach` at once. */
type RoomConsumerOptions = { consumer: NewConsumer; spec: ConsumerSpec; attaching: boolean }
/**
 * One consumer of a room, from being added to being removed, over many attachments. Everything that changes its
 * attachment runs one after another, so that a crash never overtakes an attach.
 */
export class RoomConsumer {
  private readonly ctx: RoomContext
  private readonly mutex = createMutex()
  private readonly status: ConsumerStatus
  private readonly attachment: ConsumerAttachment
  private readonly line: ConsumerLine
  private readonly states: ConsumerStates
  private spec: ConsumerSpec
  /** False from a crash that a person asked for until `start`. */
  private wanted = true
  /** Whether a person wanted it before its owner went away. */
  private wantedBefore = true
  private removed = false
  private held = false
  private readonly retry = new RetryTimer(RETRY_FIRST_MS, RETRY_MAX_MS, () => void this.ensureAttached())

  constructor(ctx: RoomContext, { consumer, spec, attaching }: RoomConsumerOptions) {
    const { system, destination, name, group } = consumer
    const place = { system, destination, consumer: name, group }
    this.ctx = ctx
    this.spec = spec
    this.status = new ConsumerStatus(ctx, consumer, attaching)
    this.line = new ConsumerLine(ctx, this.status)
    this.attachment = new ConsumerAttachment(ctx, place, (event) => this.states.take(event))
    this.states = new ConsumerStates(this.status, this.attachment)
  }

  get now(): Consumer {
    return this.status.now
  }

  /** Attaches where it should: wanted, the room awake, the broker up. Never rejects: a failure is a fault event, and tried again. */
  ensureAttached(): Promise<void> {
    return this.mutex.run(() => this.ensureNow())
  }

  /** Shows why it cannot attach yet, where it should be attached. */
  showWaiting(reason: string): void {
    if (this.shouldAttach()) this.status.set({ state: 'attaching', reason })
  }

  /** Attaches now, or throws `broker-down`, `broker-refused`, `broker-timeout`. */
  attach(): Promise<void> {
    return this.mutex.run(() => this.attachNow())
  }

  /** Leaves politely, until `ensureAttached` is called in an awake room. */
  sleep(): Promise<void> {
    return this.mutex.run(async () => {
      if (this.ctx.isAwake() || this.removed || !this.wanted) return
      this.line.lift()
      await this.leaveNow()
      this.status.set({ state: 'detached', reason: CONSUMER_REASONS.asleep })
    })
  }

  /** Leaves until `release`, while its destination is being removed. */
  hold(): Promise<void> {
    return this.mutex.run(async () => {
      this.held = true
      const { exists } = this.attachment
      await this.leaveNow()
      if (exists && this.wanted) this.status.set({ state: 'detached', reason: DESTINATION_LEAVES })
    })
  }

  /** Its destination stays after all. */
  release(): Promise<void> {
    return this.mutex.run(async () => {
      this.held = false
      await this.ensureNow()
    })
  }

  /** Leaves what its broker no longer has, and shows why, until `ensureAttached`. */
  waitFor(reason: string): Promise<void> {
    return this.mutex.run(async () => {
      if (this.removed || !this.wanted) return
      await this.leaveNow()
      this.attachment.noteDestinationGone()
      this.showWaiting(reason)
    })
  }

  /** The broker had its destination when asked at `asked`: one whose driver gave it up before, as that was gone, comes back. */
  foundAgain(asked: number): void {
    if (!this.attachment.wasGivenUpBefore(asked) || !this.shouldAttach()) return
    this.attachment.noteDestinationGone()
    void this.ensureAttached()
  }

  setOwner(owner: SeatOwner): void {
    this.status.setOwner(owner)
  }

  /** Its owner is gone without a goodbye, and its connection with them, until `comeBack`. Never rejects. */
  goAway(): Promise<void> {
    return this.mutex.run(() => this.goAwayNow())
  }

  /** Its owner is back: it is what it was before. Never rejects; where its broker is away, it attaches later. */
  comeBack(): Promise<void> {
    return this.mutex.run(async () => {
      if (this.removed || !this.now.away) return
      this.status.setAway(false)
      if (!this.wantedBefore || this.wanted) return
      this.wanted = true
      this.attachment.drop()
      return this.ensureNow()
    })
  }

  /** Throws `wrong-state`, `invalid` for a verb without its argument, and what the driver throws. */
  command(command: ConsumerCommand, given: CommandArguments): Promise<void> {
    return this.mutex.run(() => this.commandNow(command, given))
  }

  /** Makes a fault on its line, or ends it. Throws `wrong-state`, and what attaching throws. */
  fault(fault: LineDamage, by?: string): Promise<void> {
    return this.mutex.run(async () => {
      this.status.require(fault.kind, 'attached', 'paused')
      await this.line.make(fault, by, () => this.rejoin())
    })
  }

  /** Ends the fault on its line, also while it tries to attach through it. */
  liftFault(by?: string): void {
    this.line.lift(by)
  }

  /** Throws `not-capable` where settings cannot change while it is attached; then nothing has changed. */
  update(settings: Settings): Promise<void> {
    return this.mutex.run(() => this.updateNow(settings))
  }

  /** Leaves for good and emits its last event. */
  remove(): Promise<void> {
    return this.mutex.run(async () => {
      if (this.removed) return
      this.removed = true
      this.line.lift()
      await this.leaveNow()
      this.line.close()
      this.status.setRemoved()
    })
  }

  /** Its driver is gone, and its attachment with it. */
  dropAttachment(): void {
    this.attachment.drop()
  }

  private async attachNow(): Promise<void> {
    this.retry.cancel()
    const driver = requireDriver(this.ctx.slots, this.now.system)
    this.status.set({ state: 'attaching' })
    const { route } = this.line
    await this.attachment.attach(driver, route === undefined ? this.spec : { ...this.spec, route })
    this.retry.reset()
    this.status.forgetFault()
    this.states.showAttached()
  }

  private shouldAttach(): boolean {
    return this.wanted && !this.held && !this.removed && !this.attachment.exists && this.ctx.isAwake()
  }

  private async ensureNow(): Promise<void> {
    if (!this.shouldAttach()) return
    try {
      await this.attachNow()
    } catch (error) {
      this.attachLater(error)
    }
  }

  /** Once its broker is up; where that did not answer, or refused, after a pause. */
  private attachLater(error: unknown): void {
    const isDown = isBrokerDown(error)
    if (!isDown) this.status.fault('attach-failed', error)
    const reason = isDown ? CONSUMER_REASONS.brokerDown : reasonText(error)
    this.status.set({ state: 'attaching', reason })
    if (!isDown) this.retry.later()
  }

  private async leaveNow(): Promise<void> {
    this.retry.cancel()
    try {
      await this.attachment.leave()
    } catch (error) {
      this.status.fault('leave-failed', error)
    }
  }

  private commandNow(command: ConsumerCommand, given: CommandArguments): Promise<void> {
    switch (command) {
      case 'crash':
        return this.crashNow()
      case 'start':
        return this.startNow()
      default:
        return this.states.command(command, given)
    }
  }

  private async crashNow(): Promise<void> {
    this.status.require('crash', 'attached', 'paused')
    this.wanted = false
    await this.attachment.crash()
    if (this.now.state !== 'crashed') this.status.set({ state: 'crashed' })
  }

  private async goAwayNow(): Promise<void> {
    if (this.removed || this.now.away) return
    this.wantedBefore = this.wanted
    this.status.setAway(true)
    try {
      if (['attached', 'paused'].includes(this.now.state)) return await this.crashNow()
    } catch (error) {
      this.status.fault('crash-failed', error)
    }
    this.wanted = false
    if (this.now.state === 'crashed') return
    await this.leaveNow()
    this.status.set({ state: 'detached', reason: CONSUMER_REASONS.ownerAway })
  }

  private async startNow(): Promise<void> {
    this.status.require('start', 'crashed', 'detached')
    if (this.held) throw new AppError('wrong-state', DESTINATION_LEAVES, { detail: { state: 'detached' } })
    this.wanted = true
    this.attachment.drop()
    try {
      await this.attachNow()
    } catch (error) {
      // It comes by itself, unless its broker says no.
      if (isBrokerDown(error) || isTimeout(error)) return this.attachLater(error)
      this.wanted = false
      this.status.set({ state: 'detached', reason: reasonText(error) })
      throw error
    }
  }

  private async updateNow(settings: Settings): Promise<void> {
    this.status.requirePresent()
    const isAttached = this.attachment.exists && this.now.state !== 'crashed'
    if (isAttached && roleOf(settings).role !== this.now.role) return await this.rejoin(settings)
    if (isAttached) await this.attachment.handle?.update(settings)
    this.setSettings(settings)
  }

  /** A new role takes it, so that every delivery is emitted in the role in which it came; and so does a new line. */
  private async rejoin(settings = this.now.settings): Promise<void> {
    const before = this.now.settings
    await this.leaveNow()
    if (settings !== before) this.setSettings(settings)
    try {
      await this.attachNow()
    } catch (error) {
      if (settings !== before) this.setSettings(before)
      await this.ensureNow()
      throw error
    }
  }

  private setSettings(settings: Settings): void {
    this.spec = { ...this.spec, settings }
    this.status.setSettings(settings)
  }
}

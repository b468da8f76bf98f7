import type { Can } from '#lib/brokers/contract.ts'
import type { AddConsumer, CommandArguments, ConsumerCommand } from '#lib/protocol/command-schemas.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { ADDED_CONSUMERS_MAX, CONSUMERS_MAX_PER_DESTINATION } from '#lib/protocol/limits.ts'
import { consumerId, destinationId } from '#lib/protocol/names.ts'
import { parseSettings } from '#lib/protocol/parse.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { roleOf } from './consumer-status.ts'
import type { SeatOwner } from './contract.ts'
import { findByIdOrName, requireDriver } from './lookup.ts'
import { skipMark } from './made-faults.ts'
import { RoomConsumer } from './room-consumer.ts'
import type { RoomContext } from './room-context.ts'
import type { RoomDestination } from './room-destination.ts'
import type { Allowance } from './shared-bound.ts'

/** What a consumer is added with, its destination known. */
export type ConsumerInput = Pick<AddConsumer, 'name' | 'group' | 'settings'> & {
  /** The person whose seat it is. */
  owner?: SeatOwner
  /** The id of the person who adds it. */
  madeBy?: string | undefined
}

/** The group of a consumer that names none, where nobody on the destination has one yet. */
const FIRST_GROUP = 'group-1'

/** A room's consumers, in the order in which they were added. */
export class Consumers {
  private readonly ctx: RoomContext
  private readonly places: Allowance
  private readonly byId = new Map<string, RoomConsumer>()

  /** Those that count against what all rooms together may have. */
  private readonly counted = new Set<RoomConsumer>()

  constructor(ctx: RoomContext, places: Allowance) {
    this.ctx = ctx
    this.places = places
  }

  list(): RoomConsumer[] {
    return [...this.byId.values()]
  }

  of(destination: RoomDestination): RoomConsumer[] {
    const { id } = destination.now
    return this.list().filter(({ now }) => destinationId(now.system, now.destination) === id)
  }

  /** By id or name. Throws `consumer-not-found`, `ambiguous-name`. */
  find(asked: string): RoomConsumer {
    return findByIdOrName('consumer', this.byId, asked)
  }

  /** False once it was removed. */
  has(consumer: RoomConsumer): boolean {
    return this.byId.get(consumer.now.id) === consumer
  }

  /** Adds one without attaching it, not counted against what all rooms together may have. Throws `name-taken`, `too-many`, `not-capable`, `invalid`. */
  addUnattached(destination: RoomDestination, input: ConsumerInput): RoomConsumer {
    return this.create(destination, input, false)
  }

  /** Adds one without attaching it, counted against what all rooms together may have. Throws `too-many` beyond that. */
  addCountedUnattached(destination: RoomDestination, input: ConsumerInput): RoomConsumer {
    return this.createCounted(destination, input, false)
  }

  /** Adds one that is shown as attaching: the caller attaches it at once. Throws what `addCountedUnattached` throws. */
  addAttaching(destination: RoomDestination, input: ConsumerInput): RoomConsumer {
    return this.createCounted(destination, input, true)
  }

  /** Adds one and attaches it. Throws what `addUnattached` and a driver's `attach` throw; then it is not in the room. */
  async addAndAttach(destination: RoomDestination, input: ConsumerInput): Promise<RoomConsumer> {
    requireDriver(this.ctx.slots, destination.now.system)
    const consumer = this.createCounted(destination, input, true)
    try {
      await consumer.attach()
      return consumer
    } catch (error) {
      await this.remove(consumer)
      throw error
    }
  }

  /** Throws `not-capable`, `wrong-state`, `invalid`, `delivery-not-found`, and for `start` what a driver's `attach` throws. */
  async command(
    consumer: RoomConsumer,
    destination: RoomDestination,
    command: ConsumerCommand,
    given: CommandArguments,
    by?: string,
  ): Promise<void> {
    const power = POWER_NEEDED[command]
    if (power !== null && !destination.mode.can[power]) throw notCapable(destination, power)
    await consumer.command(command, given)
    if (command === 'skip') this.ctx.stream.emit(skipMark(consumer.now, by))
  }

  /** Throws `not-capable`, `invalid`, and what the driver throws. */
  async update(consumer: RoomConsumer, destination: RoomDestination, changes: Settings): Promise<void> {
    await consumer.update(parseConsumerSettings(destination, { ...consumer.now.settings, ...changes }))
  }

  async remove(consumer: RoomConsumer): Promise<void> {
    await consumer.remove()
    if (this.counted.delete(consumer)) this.places.giveBack(1)
    const { id } = consumer.now
    if (this.byId.get(id) === consumer) this.byId.delete(id)
  }

  private createCounted(
    destination: RoomDestination,
    input: ConsumerInput,
    attaching: boolean,
  ): RoomConsumer {
    if (!this.places.take(1)) {
      const detail = { limit: ADDED_CONSUMERS_MAX }
      throw new AppError('too-many', 'all rooms together have as many consumers as they may have', { detail })
    }
    try {
      const consumer = this.create(destination, input, attaching)
      this.counted.add(consumer)
      return consumer
    } catch (error) {
      this.places.giveBack(1)
      throw error
    }
  }

  /** All of a destination's leave, until `letBack` or `removeFrom`. */
  async holdBack(destination: RoomDestination): Promise<void> {
    await Promise.all(this.of(destination).map((consumer) => consumer.hold()))
  }

  letBack(destination: RoomDestination): void {
    for (const consumer of this.of(destination)) void consumer.release()
  }

  async removeFrom(destination: RoomDestination): Promise<void> {
    await Promise.all(this.of(destination).map((consumer) => this.remove(consumer)))
  }

  /** The broker has the destination no longer: none of its consumers tries to come back before it is there again. */
  waitFor(destination: RoomDestination, reason: string): void {
    for (const consumer of this.of(destination)) void consumer.waitFor(reason)
  }

  /** The broker had the destination when asked at `asked`: those that found it gone before come back. */
  foundAgain(destination: RoomDestination, asked: number): void {
    for (const consumer of this.of(destination)) consumer.foundAgain(asked)
  }

  private create(destination: RoomDestination, input: ConsumerInput, attaching: boolean): RoomConsumer {
    const { system, name: at } = destination.now
    const id = consumerId(system, at, input.name)
    this.checkAddable(id, destination)
    const group = this.groupOf(destination, input)
    const settings = parseConsumerSettings(destination, input.settings ?? {})
    const { address, mode } = destination.spec
    const inRoom = group === undefined ? {} : { group }
    const { owner, madeBy } = input
    const whose = { ...(owner === undefined ? {} : { owner }), ...(madeBy === undefined ? {} : { madeBy }) }
    const onBroker = group === undefined ? {} : { group: this.ctx.names.group(group) }
    const consumer = new RoomConsumer(this.ctx, {
      consumer: { id, name: input.name, system, destination: at, settings, ...inRoom, ...whose },
      spec: { name: input.name, address, mode, settings, ...onBroker },
      attaching,
    })
    this.byId.set(id, consumer)
    return consumer
  }

  private checkAddable(id: string, destination: RoomDestination): void {
    if (destination.isLeaving) {
      throw new AppError('destination-not-found', `${destination.now.name} is being removed`)
    }
    if (this.byId.has(id)) throw new AppError('name-taken', `there is a consumer "${id}" already`)
    if (this.of(destination).length < CONSUMERS_MAX_PER_DESTINATION) return
    const detail = { limit: CONSUMERS_MAX_PER_DESTINATION }
    throw new AppError('too-many', 'the destination has as many consumers as it may have', { detail })
  }

  /** A consumer that names no group joins the one that was used first on its destination. */
  private groupOf(destination: RoomDestination, { name, group: asked }: ConsumerInput): string | undefined {
    const { mode, now } = destination
    if (!mode.can.groups) {
      if (asked !== undefined) throw notCapable(destination, 'groups')
      return mode.implicitGroup?.(now.name, name)
    }
    const used = this.of(destination).find((other) => other.now.group !== undefined)?.now.group
    return asked ?? used ?? FIRST_GROUP
  }
}

/** Which power of the mode a command needs; null: none. */
const POWER_NEEDED = {
  pause: 'pause',
  resume: 'pause',
  crash: 'crash',
  start: null,
  ack: 'settle',
  requeue: 'settle',
  reject: 'settle',
  seek: 'replay',
  skip: 'skip',
} as const satisfies Record<ConsumerCommand, keyof Can | null>

/** Throws `invalid`, and `not-capable` for a consumer that would read dead letters where there are none. */
function parseConsumerSettings(destination: RoomDestination, asked: Settings): Settings {
  const { can, consumerSettings } = destination.mode
  if (!can.deadLetters && 'role' in roleOf(asked)) throw notCapable(destination, 'deadLetters')
  return parseSettings(consumerSettings, asked)
}

function notCapable(destination: RoomDestination, power: keyof Can): AppError {
  const sentence = destination.mode.lacks[power] ?? `${destination.now.name} has no such power`
  return new AppError('not-capable', sentence, { detail: { power } })
}

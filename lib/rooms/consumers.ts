import type { Can } from '#lib/brokers/contract.ts'
import type { AddConsumer, CommandArguments, ConsumerCommand } from '#lib/protocol/commands.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { CONSUMERS_MAX_PER_DESTINATION } from '#lib/protocol/limits.ts'
import { consumerId } from '#lib/protocol/names.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { roleOf } from './consumer-face.ts'
import { type ConsumerLife, createConsumerLife } from './consumer-life.ts'
import { type RoomContext, requireDriver } from './context.ts'
import type { DestinationLife } from './destination-life.ts'
import { parseSettings } from './settings.ts'

/** What a consumer is added with, its destination known. */
export type NewConsumer = Pick<AddConsumer, 'name' | 'group' | 'settings'>

/** A room's consumers, in order of adding. */
export interface Consumers {
  list(): ConsumerLife[]
  of(destinationId: string): ConsumerLife[]
  /** Throws `consumer-not-found`. */
  byId(id: string): ConsumerLife
  /** Enters one without attaching it. Throws `name-taken`, `too-many`, `not-capable`, `invalid`. */
  enter(destination: DestinationLife, input: NewConsumer): ConsumerLife
  /** Resolves once attached. Throws what `enter` and a driver's `attach` throw; then it is not in the room. */
  add(destination: DestinationLife, input: NewConsumer): Promise<ConsumerLife>
  /** Throws `not-capable`, `wrong-state`, `invalid`, `delivery-not-found`, and for `start` what a driver's `attach` throws. */
  command(
    life: ConsumerLife,
    destination: DestinationLife,
    command: ConsumerCommand,
    given: CommandArguments,
  ): Promise<void>
  update(life: ConsumerLife, destination: DestinationLife, settings: Settings): Promise<void>
  remove(life: ConsumerLife): Promise<void>
}

/** Where nobody on the destination has a group yet. */
const FIRST_GROUP = 'group-1'

export function createConsumers(ctx: RoomContext): Consumers {
  const lives = new Map<string, ConsumerLife>()
  const list = () => [...lives.values()]
  const of = (id: string) => list().filter(({ now }) => `${now.system}:${now.destination}` === id)

  /** A consumer that names no group joins the one that was used first on its destination. */
  function groupOf(destination: DestinationLife, { name, group: asked }: NewConsumer): string | undefined {
    const { mode, now } = destination
    if (!mode.can.groups) {
      if (asked !== undefined) throw lacking(destination, 'groups')
      return mode.implicitGroup?.(now.name, name)
    }
    return asked ?? of(now.id).find((life) => life.now.group !== undefined)?.now.group ?? FIRST_GROUP
  }

  function create(destination: DestinationLife, input: NewConsumer, attaching: boolean): ConsumerLife {
    const { system, name: at, id: of } = destination.now
    const id = consumerId(system, at, input.name)
    checkRoomFor(id, of)
    const group = groupOf(destination, input)
    const settings = settingsAt(destination, input.settings ?? {})
    const { address, mode } = destination.spec
    const inGroup = group === undefined ? {} : { group }
    const onBroker = group === undefined ? {} : { group: ctx.naming.group(group) }
    const life = createConsumerLife(ctx, {
      consumer: { id, name: input.name, system, destination: at, settings, ...inGroup },
      spec: { name: input.name, address, mode, settings, ...onBroker },
      settles: destination.mode.can.settle,
      attaching,
    })
    lives.set(id, life)
    return life
  }

  function checkRoomFor(id: string, destinationId: string): void {
    if (lives.has(id)) throw new AppError('name-taken', `there is a consumer "${id}" already`)
    if (of(destinationId).length < CONSUMERS_MAX_PER_DESTINATION) return
    const detail = { limit: CONSUMERS_MAX_PER_DESTINATION }
    throw new AppError('too-many', 'the destination has as many consumers as it may have', { detail })
  }

  async function add(destination: DestinationLife, input: NewConsumer): Promise<ConsumerLife> {
    requireDriver(ctx.slots, destination.now.system)
    const life = create(destination, input, true)
    try {
      await life.attach()
      return life
    } catch (error) {
      await remove(life)
      throw error
    }
  }

  async function remove(life: ConsumerLife): Promise<void> {
    await life.remove()
    if (lives.get(life.now.id) === life) lives.delete(life.now.id)
  }

  async function command(
    life: ConsumerLife,
    destination: DestinationLife,
    verb: ConsumerCommand,
    given: CommandArguments,
  ): Promise<void> {
    const power = POWER[verb]
    if (power !== null && !destination.mode.can[power]) throw lacking(destination, power)
    await life.command(verb, given)
  }

  return {
    list,
    of,
    byId: (id) => {
      const life = lives.get(id)
      if (life === undefined) throw new AppError('consumer-not-found', `there is no consumer "${id}"`)
      return life
    },
    enter: (destination, input) => create(destination, input, false),
    add,
    command,
    update: async (life, destination, changes) => {
      await life.update(settingsAt(destination, { ...life.now.settings, ...changes }))
    },
    remove,
  }
}

/** What a verb asks of the mode; null: nothing. */
const POWER = {
  pause: 'pause',
  resume: 'pause',
  crash: 'crash',
  start: null,
  ack: 'settle',
  requeue: 'settle',
  reject: 'settle',
  seek: 'replay',
} as const satisfies Record<ConsumerCommand, keyof Can | null>

/** Throws `invalid`, and `not-capable` for who would read what the destination does not keep. */
function settingsAt(destination: DestinationLife, asked: Settings): Settings {
  const { can, consumerSettings } = destination.mode
  if (!can.deadLetters && 'role' in roleOf(asked)) throw lacking(destination, 'deadLetters')
  return parseSettings(consumerSettings, asked)
}

function lacking(destination: DestinationLife, power: keyof Can): AppError {
  const sentence = destination.mode.lacks[power] ?? `${destination.now.name} has no such power`
  return new AppError('not-capable', sentence, { detail: { power } })
}

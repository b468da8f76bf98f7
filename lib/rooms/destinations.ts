import type { ClassicDestination, Manifest } from '#lib/brokers/contract.ts'
import { modeAt } from '#lib/brokers/mode-at.ts'
import type { AddDestination } from '#lib/protocol/command-schemas.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { DESTINATIONS_MAX_PER_ROOM } from '#lib/protocol/limits.ts'
import { destinationId, type Mode, type SystemId } from '#lib/protocol/names.ts'
import { parseSettings } from '#lib/protocol/parse.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { ROOM_PREFIX } from './broker-names.ts'
import { findByIdOrName, requireDriver, requireManifest, requireMode } from './lookup.ts'
import type { RoomConsumer } from './room-consumer.ts'
import type { RoomContext } from './room-context.ts'
import { type RemovalSteps, RoomDestination } from './room-destination.ts'

interface NewDestination {
  name: string
  /** Its name on the broker, where that is not made from `name`. */
  address?: string | undefined
  mode: Mode
  settings: Settings
  stays: boolean
  /** The id of the person who adds it. */
  madeBy?: string | undefined
}

/** A room's destinations, in the order in which they were added. */
export class Destinations {
  private readonly ctx: RoomContext
  private readonly onRetry: (system: SystemId) => void
  private readonly byId = new Map<string, RoomDestination>()

  /** `onRetry`: it is time to try again to declare what a system's broker refused. */
  constructor(ctx: RoomContext, onRetry: (system: SystemId) => void) {
    this.ctx = ctx
    this.onRetry = onRetry
  }

  list(): RoomDestination[] {
    return [...this.byId.values()]
  }

  of(system: SystemId): RoomDestination[] {
    return this.list().filter(({ now }) => now.system === system)
  }

  byAddress(system: SystemId, address: string): RoomDestination | undefined {
    return this.of(system).find(({ spec }) => spec.address === address)
  }

  /** By id or name. Throws `destination-not-found`, `ambiguous-name`. */
  find(asked: string): RoomDestination {
    return findByIdOrName('destination', this.byId, asked)
  }

  /**
   * A system's destination by id or name; its first one where none is asked for. Throws `system-not-found`,
   * `destination-not-found`.
   */
  findOn(system: SystemId, asked: string | undefined): RoomDestination {
    requireManifest(this.ctx.slots, system)
    const found =
      asked === undefined
        ? this.of(system)[0]
        : (this.byId.get(destinationId(system, asked)) ?? this.byId.get(asked))
    if (found?.now.system === system) return found
    throw new AppError(
      'destination-not-found',
      `there is no ${asked ?? 'destination'} on ${system} in this room`,
    )
  }

  /** The one that a consumer is on. Throws `destination-not-found`. */
  ofConsumer({ now: { system, destination } }: Pick<RoomConsumer, 'now'>): RoomDestination {
    return this.findOn(system, destination)
  }

  addClassic(manifest: Manifest, { name, mode, settings }: ClassicDestination): RoomDestination {
    return this.create(manifest, { name, mode, settings, stays: !this.ctx.names.owned })
  }

  known({ system, name }: { system: SystemId; name: string }): RoomDestination | undefined {
    return this.byId.get(destinationId(system, name))
  }

  /** Enters one without declaring it. Throws `name-taken`, `too-many`, `not-capable`, `invalid`. */
  enter(input: AddDestination, madeBy?: string): RoomDestination {
    const manifest = this.checkAddable(input)
    const { name, address, mode, settings = {} } = input
    return this.create(manifest, { name, address, mode, settings, stays: false, madeBy })
  }

  /**
   * Resolves once declared. Throws `name-taken`, `too-many`, `not-capable`, `invalid`, `broker-down`, `broker-refused`; then
   * it is neither in the room nor, as far as it was made, on the broker.
   */
  async add(input: AddDestination, incarnation: number, madeBy?: string): Promise<RoomDestination> {
    requireMode(this.checkAddable(input), input.mode)
    const driver = requireDriver(this.ctx.slots, input.system)
    const destination = this.enter(input, madeBy)
    try {
      await destination.declare(driver, incarnation)
      return destination
    } catch (error) {
      const { id, system, address } = destination.now
      this.byId.delete(id)
      destination.setRemoved()
      // The broker may have made it before the failure: the driver knows whether.
      this.ctx.removeLater({ system, address })
      throw error
    }
  }

  /** Declares one anew that is gone from its broker; any other stays as it is. Throws what the driver throws. */
  async declareAgain(destination: RoomDestination, incarnation: number): Promise<void> {
    await destination.declare(requireDriver(this.ctx.slots, destination.now.system), incarnation)
  }

  /**
   * `changes` are the settings that a person named. Throws `not-capable`, `invalid`, `broker-down`, `broker-refused`, and
   * `existed-before` for what other programs may use, unless `confirmed`.
   */
  async update(destination: RoomDestination, changes: Settings, confirmed: boolean): Promise<void> {
    const { mode, now } = destination
    if (!mode.can.alter) {
      const sentence = mode.lacks.alter ?? `${now.name} stays as it was made`
      throw new AppError('not-capable', sentence, { detail: { power: 'alter' } })
    }
    await destination.alter(requireDriver(this.ctx.slots, now.system), changes, confirmed)
  }

  /** Throws `lobby-stays`, and what `RoomDestination.remove` throws; then nothing has changed. */
  async remove(destination: RoomDestination, steps: RemovalSteps): Promise<void> {
    const { now, stays } = destination
    if (stays) throw new AppError('lobby-stays', `${now.name} belongs to the lobby and stays`)
    await destination.remove(steps, () => void this.byId.delete(now.id))
  }

  close(): void {
    for (const destination of this.byId.values()) destination.close()
  }

  private checkAddable({ system, name, address }: AddDestination): Manifest {
    const manifest = requireManifest(this.ctx.slots, system)
    if (this.byId.has(destinationId(system, name))) {
      throw new AppError('name-taken', `there is a ${name} on ${manifest.label} already`)
    }
    const same = this.byAddress(system, address ?? this.ctx.names.address(name))
    if (same) throw new AppError('name-taken', `${same.now.name} is the same on ${manifest.label} already`)
    if (this.byId.size >= DESTINATIONS_MAX_PER_ROOM) {
      const detail = { limit: DESTINATIONS_MAX_PER_ROOM }
      throw new AppError('too-many', 'the room has as many destinations as it may have', { detail })
    }
    const field = address === undefined ? 'name' : 'address'
    const isBare = address !== undefined || !this.ctx.names.owned
    if (isBare && (address ?? name).startsWith(ROOM_PREFIX)) {
      throw invalid(field, `names that begin with ${ROOM_PREFIX} belong to other rooms`)
    }
    if (manifest.internalNames.test(address ?? this.ctx.names.address(name))) {
      throw invalid(field, `it is a name of ${manifest.label}'s own: what is there belongs to the broker`)
    }
    return manifest
  }

  private create(
    manifest: Manifest,
    { name, address: given, mode, settings, stays, madeBy }: NewDestination,
  ) {
    const system = manifest.id
    const id = destinationId(system, name)
    const address = given ?? this.ctx.names.address(name)
    const found = requireMode(manifest, mode)
    const parsed = parseSettings(found.destinationSettings, settings)
    const destination = new RoomDestination(this.ctx, {
      destination: {
        ...{ id, system, name, mode, address, settings: parsed },
        ...(madeBy === undefined ? {} : { madeBy }),
      },
      spec: {
        ...{ address, mode, settings: parsed },
        // What has a name that a person gave is used as it is, and left there.
        ...{ owned: !stays && given === undefined, revives: stays },
        shared: !this.ctx.names.owned || given !== undefined,
      },
      mode: modeAt(manifest, { mode, settings: parsed }) ?? found,
      stays,
      onRetry: () => this.onRetry(system),
    })
    this.byId.set(id, destination)
    return destination
  }
}

const invalid = (field: string, sentence: string) => new AppError('invalid', sentence, { detail: { field } })

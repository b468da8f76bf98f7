import { modeAt } from '#lib/brokers/catalog.ts'
import type { ClassicDestination, Manifest } from '#lib/brokers/contract.ts'
import type { AddDestination } from '#lib/protocol/commands.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { DESTINATIONS_MAX_PER_ROOM } from '#lib/protocol/limits.ts'
import { destinationId, type Mode, type SystemId } from '#lib/protocol/names.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { type RoomContext, requireDriver, requireManifest, requireMode } from './context.ts'
import { createDestinationLife, type DestinationLife } from './destination-life.ts'
import { PREFIX } from './naming.ts'
import { parseSettings } from './settings.ts'

/** A room's destinations, in order of adding. */
export interface Destinations {
  list(): DestinationLife[]
  of(system: SystemId): DestinationLife[]
  byAddress(system: SystemId, address: string): DestinationLife | undefined
  /** Throws `destination-not-found`. */
  byId(id: string): DestinationLife
  /** The named one, or the system's first. Throws `system-not-found`, `destination-not-found`. */
  named(system: SystemId, name: string | undefined): DestinationLife
  addClassic(manifest: Manifest, classic: ClassicDestination): DestinationLife
  /** Resolves once declared. Throws `name-taken`, `too-many`, `not-capable`, `invalid`, `broker-down`, `broker-refused`. */
  add(input: AddDestination, session: number): Promise<DestinationLife>
  /** Throws `destination-not-found`, `not-capable`, `invalid`, `broker-down`, `broker-refused`. */
  update(id: string, changes: Settings): Promise<DestinationLife>
  /** Throws `destination-not-found`, `lobby-stays`, and what the driver throws. */
  remove(id: string): Promise<void>
  close(): void
}

export function createDestinations(ctx: RoomContext, onRetry: (system: SystemId) => void): Destinations {
  const lives = new Map<string, DestinationLife>()
  const list = () => [...lives.values()]
  const of = (system: SystemId) => list().filter((life) => life.now.system === system)

  function create(manifest: Manifest, name: string, mode: Mode, settings: Settings, stays: boolean) {
    const system = manifest.id
    const id = destinationId(system, name)
    const address = ctx.naming.address(name)
    const found = requireMode(manifest, mode)
    const parsed = parseSettings(found.destinationSettings, settings)
    const life = createDestinationLife(ctx, {
      destination: { id, system, name, mode, address, settings: parsed },
      spec: { address, mode, settings: parsed, owned: !stays },
      mode: modeAt(manifest, { mode, settings: parsed }) ?? found,
      stays,
      onRetry: () => onRetry(system),
    })
    lives.set(id, life)
    return life
  }

  function checkAddable(input: AddDestination): Manifest {
    const manifest = requireManifest(ctx.slots, input.system)
    if (lives.has(destinationId(input.system, input.name))) {
      throw new AppError('name-taken', `there is a ${input.name} on ${manifest.label} already`)
    }
    if (lives.size >= DESTINATIONS_MAX_PER_ROOM) {
      const detail = { limit: DESTINATIONS_MAX_PER_ROOM }
      throw new AppError('too-many', 'the room has as many destinations as it may have', { detail })
    }
    if (!ctx.naming.owned && input.name.startsWith(PREFIX)) {
      throw new AppError('invalid', `names that begin with ${PREFIX} belong to other rooms`, {
        detail: { field: 'name' },
      })
    }
    return manifest
  }

  async function add(input: AddDestination, session: number): Promise<DestinationLife> {
    const manifest = checkAddable(input)
    requireMode(manifest, input.mode)
    const driver = requireDriver(ctx.slots, input.system)
    const life = create(manifest, input.name, input.mode, input.settings ?? {}, false)
    try {
      await life.declare(driver, session)
      return life
    } catch (error) {
      lives.delete(life.now.id)
      life.gone()
      throw error
    }
  }

  async function update(id: string, changes: Settings): Promise<DestinationLife> {
    const life = byId(id)
    const { mode, now } = life
    if (!mode.can.alter) {
      const sentence = mode.lacks.alter ?? `${now.name} stays as it was made`
      throw new AppError('not-capable', sentence, { detail: { power: 'alter' } })
    }
    const settings = parseSettings(mode.destinationSettings, { ...now.settings, ...changes })
    await life.alter(requireDriver(ctx.slots, now.system), settings)
    return life
  }

  function byId(id: string): DestinationLife {
    const life = lives.get(id)
    if (life === undefined) throw new AppError('destination-not-found', `there is no destination "${id}"`)
    return life
  }

  async function remove(id: string): Promise<void> {
    const life = byId(id)
    if (life.stays) throw new AppError('lobby-stays', `${life.now.name} belongs to the lobby and stays`)
    const driver = requireDriver(ctx.slots, life.now.system)
    await driver.remove(life.spec.address, { keep: life.isForeign })
    if (lives.delete(id)) life.gone()
  }

  function named(system: SystemId, name: string | undefined): DestinationLife {
    requireManifest(ctx.slots, system)
    const life = name === undefined ? of(system)[0] : lives.get(destinationId(system, name))
    if (life !== undefined) return life
    throw new AppError(
      'destination-not-found',
      `there is no ${name ?? 'destination'} on ${system} in this room`,
    )
  }

  return {
    list,
    of,
    byAddress: (system, address) => of(system).find((life) => life.spec.address === address),
    byId,
    named,
    addClassic: (manifest, { name, mode, settings }) =>
      create(manifest, name, mode, settings, !ctx.naming.owned),
    add,
    update,
    remove,
    close: () => {
      for (const life of lives.values()) life.close()
    },
  }
}

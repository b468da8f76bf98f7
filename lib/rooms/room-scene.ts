import { catalog } from '#lib/brokers/catalog.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { EMPTY_SCENE, type SavedScene, type Scene } from '#lib/protocol/scene.ts'
import { parseSceneFile, requireScene, withoutDefaults, writeSceneFile } from '#lib/scenes/scene-file.ts'
import { createMutex } from '#lib/util/mutex.ts'
import type { Consumers } from './consumers.ts'
import type { RoomStart } from './contract.ts'
import type { Destinations } from './destinations.ts'
import type { Loads } from './loads.ts'
import { requireDriver } from './lookup.ts'
import type { RoomConsumer } from './room-consumer.ts'
import { type RoomContext, reasonText } from './room-context.ts'
import type { RoomDestination } from './room-destination.ts'
import type { Seats } from './seats.ts'
import type { Topology } from './topology.ts'

/** The parts of a room that a scene fills. */
interface FilledParts {
  readonly ctx: RoomContext
  readonly destinations: Destinations
  readonly consumers: Consumers
  readonly loads: Loads
  readonly topology: Topology
  readonly seats: Pick<Seats, 'dealAgain'>
}

/** The scene that a new room is made of; null: the classic three. Throws `invalid`. */
export function sceneToStartFrom({ scene, sceneFile, lesson }: RoomStart): Scene | null {
  if (lesson !== undefined) {
    if (scene === undefined && sceneFile === undefined) return requireScene(lesson.scene)
    throw new AppError('invalid', 'a scene or a lesson, not both', { detail: { field: 'lesson' } })
  }
  if (sceneFile !== undefined) {
    if (scene === undefined) return parseSceneFile(sceneFile)
    throw new AppError('invalid', 'a scene or a scene file, not both', { detail: { field: 'sceneFile' } })
  }
  if (scene === undefined || scene === 'classic') return null
  return scene === 'empty' ? EMPTY_SCENE : requireScene(scene)
}

/** Without people's seats: they come with the people. */
const own = (consumers: RoomConsumer[]) => consumers.filter(({ now }) => now.owner === undefined)

/** A room's scene: what the room is made of, and brought back to. */
export class RoomScene {
  private readonly parts: FilledParts
  private scene: Scene | null
  private readonly mutex = createMutex()

  /** `scene` null: the classic three. */
  constructor(parts: FilledParts, scene: Scene | null) {
    this.parts = parts
    this.scene = scene
  }

  /** Starts the scene's loads, each as soon as its broker has what the room needs. One that cannot start is a fault. */
  startLoads(): void {
    const { ctx, destinations, loads, topology } = this.parts
    for (const load of this.scene?.load ?? []) {
      const { system } = load
      const start = async () => {
        await topology.settled(system)
        loads.start(load, destinations.findOn(system, load.destination), topology.gate(system))
      }
      start().catch((error: unknown) => ctx.fault({ system, code: 'load-failed', text: reasonText(error) }))
    }
  }

  /** See `Room.reset`. Several resets run one after another. */
  reset(): Promise<void> {
    return this.mutex.run(() => this.resetNow(this.scene))
  }

  /**
   * Makes the room of another scene, which it is brought back to from now on. Throws what `reset` throws, and then
   * keeps its scene where nothing has changed.
   */
  replace(scene: Scene): Promise<void> {
    return this.mutex.run(() => this.resetNow(requireScene(scene)))
  }

  /** The room as it is now, and the text of its scene file. */
  saved(): SavedScene {
    const scene = this.current()
    return { scene, file: writeSceneFile(scene) }
  }

  /** The room as it is now. */
  current(): Scene {
    const { ctx, destinations, consumers, loads } = this.parts
    const running = loads.list().filter(({ state }) => state === 'running')
    return {
      destinations: destinations.list().map((destination) => {
        const { system, mode, name, address, settings } = destination.now
        return withoutDefaults({
          ...{ system, mode, name, settings },
          ...(address === ctx.names.address(name) ? {} : { address }),
          consumers: own(consumers.of(destination)).map(({ now }) => ({
            name: now.name,
            ...(destination.mode.can.groups && now.group !== undefined ? { group: now.group } : {}),
            settings: now.settings,
          })),
        })
      }),
      load: running.map(({ system, destination, rate, count, size, keys }) => ({
        ...{ system, destination, rate, count, size, keys },
      })),
    }
  }

  private async resetNow(scene: Scene | null): Promise<void> {
    const { ctx, destinations, consumers, loads, topology, seats } = this.parts
    // What was never declared has nothing on its broker, but has no place in another scene; what stays may be in use outside.
    const isOther = scene !== this.scene
    const isRemoved = ({ now, stays }: RoomDestination) => (isOther || now.state !== 'pending') && !stays
    const removed = destinations.list().filter(isRemoved)
    const kept = destinations.list().filter((one) => !isRemoved(one))
    for (const { now } of removed) requireDriver(ctx.slots, now.system)
    this.scene = scene
    loads.stop()
    const removals = await Promise.allSettled([
      ...removed.map((one) => this.remove(one)),
      ...kept.map((one) => consumers.removeFrom(one)),
    ])
    this.enter()
    await Promise.all(ctx.slots.systems.map((system) => topology.sync(system)))
    await seats.dealAgain()
    this.startLoads()
    const failed = removals.find((removal) => removal.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  /** Removes a destination with its consumers. Throws `lobby-stays`, `broker-down`, and what the driver throws. */
  remove(destination: RoomDestination): Promise<void> {
    const { destinations, consumers } = this.parts
    return destinations.remove(destination, {
      before: () => consumers.holdBack(destination),
      failed: () => consumers.letBack(destination),
      after: () => consumers.removeFrom(destination),
    })
  }

  /** What the room is reset to; null: the classic three. */
  get origin(): Scene | null {
    return this.scene
  }

  /** Enters what the room does not have of the scene, without declaring or attaching it. Throws what adding throws. */
  enter(scene = this.scene): void {
    const { ctx, destinations, consumers } = this.parts
    const missing = (destination: RoomDestination) => {
      const present = new Set(consumers.of(destination).map(({ now }) => now.name))
      return ({ name }: { name: string }) => !present.has(name)
    }
    if (scene !== null) {
      for (const { consumers: its, ...input } of scene.destinations) {
        const destination = destinations.known(input) ?? destinations.enter(input)
        for (const one of its.filter(missing(destination))) consumers.addCountedUnattached(destination, one)
      }
      return
    }
    for (const manifest of catalog.filter(({ id }) => ctx.slots.systems.includes(id))) {
      const { id: system, classic } = manifest
      const destination =
        destinations.known({ system, name: classic.name }) ?? destinations.addClassic(manifest, classic)
      for (const one of classic.consumers.filter(missing(destination)))
        consumers.addUnattached(destination, one)
    }
  }
}

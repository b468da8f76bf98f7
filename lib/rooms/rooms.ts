import { randomBytes, randomUUID } from 'node:crypto'
import type { DriverLog } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { BrokerFault } from '#lib/protocol/faults.ts'
import type { FoundDestinations } from '#lib/protocol/found-destinations.ts'
import { ROOM_UNVISITED_MS, ROOMS_MAX } from '#lib/protocol/limits.ts'
import { LOBBY } from '#lib/protocol/lobby.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { ListedRoom } from '#lib/protocol/room-making-commands.ts'
import type { Scene } from '#lib/protocol/scene.ts'
import type { BrokerStatus, Health } from '#lib/protocol/status.ts'
import { requireScene } from '#lib/scenes/scene-file.ts'
import { createSignal, type Unsubscribe } from '#lib/util/emitter.ts'
import type { BrokerSlots, RoomStart, Rooms } from './contract.ts'
import { createDestinationLocks } from './destination-locks.ts'
import { findDestinations } from './found-destinations.ts'
import { createJoinCodes, isSameCode, type JoinCodes } from './join-codes.ts'
import type { NamesToPersist, PersistedGathering } from './persisted-gathering.ts'
import { type PersistedFile, type PersistedRoom, PersistedRooms } from './persisted-rooms.ts'
import { LocalRoom } from './room.ts'
import { sceneToStartFrom } from './room-scene.ts'
import { listedRoom, persistedGathering, persistedRoom } from './room-snapshot.ts'
import { createRoomsShare } from './rooms-share.ts'
import { createUnremovedDestinations, type UnremovedDestinations } from './unremoved-destinations.ts'

export interface RoomsOptions {
  slots: BrokerSlots
  log: DriverLog
  /** How long a room stays awake that nobody watches, milliseconds. */
  idleMs?: number
  /** After how long a room is removed that nobody visits, milliseconds. */
  unvisitedMs?: number
  /** Where rooms are persisted over a restart of the server; absent: they end with it. */
  file?: string | undefined
  /** The names that people have in rooms, persisted with them. */
  names?: NamesToPersist
  /** From which join codes are made; the same codes after a restart with the same one. Random where none is given. */
  secret?: Uint8Array
}

const SECRET_BYTES = 32

/** The process's rooms. The lobby exists from the start, asleep; the epoch is new with each call. */
export const createRooms = (options: RoomsOptions): Rooms => new LocalRooms(options)

/** How often rooms that nobody visits are looked for. */
const LOOK_FOR_UNVISITED_MS = 10 * 60 * 1000

class LocalRooms implements Rooms {
  readonly epoch = randomUUID()
  private readonly options: RoomsOptions
  private readonly share = createRoomsShare()
  private readonly byName = new Map<string, LocalRoom>()
  private readonly events = createSignal<RoomEvent>()
  private readonly removing = new Map<string, Promise<void>>()
  private readonly locks = createDestinationLocks()
  private readonly unremoved: UnremovedDestinations
  private readonly persisted: PersistedRooms
  private readonly codes: JoinCodes
  private closing: Promise<void> | undefined
  private readonly unvisitedTimer: NodeJS.Timeout

  constructor(options: RoomsOptions) {
    this.options = options
    const { slots, log, secret = randomBytes(SECRET_BYTES) } = options
    this.codes = createJoinCodes(secret)
    this.unremoved = createUnremovedDestinations({ slots, log, locks: this.locks })
    this.persisted = new PersistedRooms({ file: options.file, log, rooms: () => this.toPersist() })
    const lobby = this.open(LOBBY, null)
    const unvisitedMs = options.unvisitedMs ?? ROOM_UNVISITED_MS
    this.unvisitedTimer = setInterval(
      () => this.removeUnvisited(unvisitedMs),
      Math.min(unvisitedMs, LOOK_FOR_UNVISITED_MS),
    )
    this.unvisitedTimer.unref()
    const before = this.persisted.read()
    if (before.lobby !== undefined) {
      lobby.parts.restoreGathering(before.lobby)
      this.restoreNames(LOBBY, before.lobby)
    }
    for (const room of before.rooms) this.restore(room)
    options.names?.onChange(() => this.persisted.changed())
  }

  async get(name: string): Promise<LocalRoom> {
    return this.found(name)
  }

  async names(): Promise<string[]> {
    return [...this.byName.keys()]
  }

  async withCode(code: string): Promise<LocalRoom | undefined> {
    let found: LocalRoom | undefined
    for (const room of this.byName.values()) if (isSameCode(room.access.code, code)) found = room
    return found
  }

  async list(): Promise<ListedRoom[]> {
    const rooms = [...this.byName.values()].sort(
      (a, b) => placeOf(a) - placeOf(b) || a.name.localeCompare(b.name),
    )
    return rooms.map(({ parts }) => listedRoom(parts))
  }

  async create(name: string, start: RoomStart = {}): Promise<{ room: LocalRoom; created: boolean }> {
    const scene = sceneToStartFrom(start)
    // A room that is being removed is waited for: its removal would otherwise take the new one's queues.
    await this.removing.get(name)
    const existing = this.byName.get(name)
    if (existing !== undefined) {
      await existing.touch()
      return { room: existing, created: false }
    }
    if (this.closing !== undefined) throw new AppError('internal', 'the dashboard is closing')
    if (this.byName.size >= ROOMS_MAX) {
      throw new AppError('too-many', 'there are as many rooms as there may be', {
        detail: { limit: ROOMS_MAX },
      })
    }
    const room = this.open(name, scene)
    if (start.lesson !== undefined) room.parts.beginLesson(start.lesson)
    await room.start()
    this.persisted.changed()
    return { room, created: true }
  }

  async remove(name: string): Promise<void> {
    if (name === LOBBY) throw new AppError('lobby-stays', 'the lobby stays')
    const room = this.found(name)
    this.byName.delete(name)
    this.persisted.changed()
    const removal = room.remove().then((left) => this.unremoved.add(name, left))
    this.removing.set(name, removal)
    try {
      await removal
    } finally {
      this.removing.delete(name)
    }
  }

  onEvent(listener: (event: RoomEvent) => void): Unsubscribe {
    return this.events.on(listener)
  }

  async health(): Promise<Health> {
    return healthOf(await this.brokers())
  }

  async brokers(): Promise<BrokerStatus[]> {
    const { slots } = this.options
    return slots.systems.map((system) => slots.status(system))
  }

  destinationsOn(system: SystemId): Promise<FoundDestinations> {
    return findDestinations(this.options.slots.driver(system))
  }

  async retryBroker(system: SystemId): Promise<void> {
    this.options.slots.retry(system)
  }

  async faultBroker(system: SystemId, fault: BrokerFault, by?: string): Promise<BrokerStatus> {
    await this.options.slots.fault(system, fault, by)
    return this.options.slots.status(system)
  }

  close(): Promise<void> {
    this.closing ??= this.closeAll()
    return this.closing
  }

  private found(name: string): LocalRoom {
    const room = this.byName.get(name)
    if (room === undefined) throw new AppError('room-not-found', `there is no room "${name}"`)
    return room
  }

  private toPersist(): PersistedFile {
    const { parts } = this.found(LOBBY)
    const others = [...this.byName.values()].filter(({ name }) => name !== LOBBY)
    const names = this.options.names?.toPersist()
    const rooms = others.map(({ name, parts: of }) => persistedRoom(of, names?.get(name)))
    return { rooms, lobby: persistedGathering(parts, names?.get(LOBBY)) }
  }

  private restoreNames(room: string, { names = [] }: PersistedGathering): void {
    this.options.names?.restore(room, names)
  }

  private restore(room: PersistedRoom): void {
    try {
      const scene = room.scene && requireScene(room.scene)
      this.open(room.name, scene, { ...room, holds: requireScene(room.holds) })
      if (room.gathering !== undefined) this.restoreNames(room.name, room.gathering)
    } catch (error) {
      this.options.log.warn({ err: error, room: room.name }, 'a room of the last run cannot be made again')
    }
  }

  private open(name: string, scene: Scene | null, restored?: PersistedRoom): LocalRoom {
    const { slots, log, idleMs } = this.options
    const code = this.codes.make(
      name,
      new Set(Array.from(this.byName.values(), (other) => other.access.code)),
    )
    const room = new LocalRoom({
      ...{ name, code, scene, epoch: this.epoch, slots, log, idleMs, locks: this.locks, share: this.share },
      removeLater: (destination) => this.unremoved.add(name, [destination]),
      onEvent: (event) => {
        this.events.emit(event)
        if (CHANGES_WHAT_IS_PERSISTED.has(event.kind)) this.persisted.changed()
      },
      onPersistedChange: () => this.persisted.changed(),
      ...(restored === undefined ? {} : { restored }),
    })
    this.byName.set(name, room)
    return room
  }

  /** Removes the rooms that nobody has visited for `unvisitedMs`. */
  private removeUnvisited(unvisitedMs: number): void {
    for (const { name, parts } of [...this.byName.values()]) {
      if (name === LOBBY || parts.activity.unvisitedMs < unvisitedMs) continue
      this.options.log.info({ room: name }, 'a room is removed that nobody has visited for long')
      this.remove(name).catch((error: unknown) =>
        this.options.log.warn({ err: error, room: name }, 'a room could not be removed'),
      )
    }
  }

  private async closeAll(): Promise<void> {
    clearInterval(this.unvisitedTimer)
    this.unremoved.close()
    await this.persisted.close()
    await Promise.all([...this.byName.values()].map((room) => room.close()))
    await Promise.allSettled(this.removing.values())
    this.events.clear()
  }
}

const CHANGES_WHAT_IS_PERSISTED: ReadonlySet<RoomEvent['kind']> = new Set([
  'consumer',
  'destination',
  'lesson',
  'people',
])

const placeOf = ({ name }: LocalRoom): number => (name === LOBBY ? 0 : 1)

function healthOf(statuses: BrokerStatus[]): Health {
  const brokers: Health['brokers'] = {}
  for (const { system, status, version, reason, since, faults } of statuses) {
    brokers[system] = {
      status,
      ...(version === undefined ? {} : { version }),
      ...(reason === undefined ? {} : { reason: reason.text === '' ? reason.code : reason.text }),
      since: new Date(since).toISOString(),
      ...(faults === undefined ? {} : { faults }),
    }
  }
  return { status: statuses.every(({ status }) => status === 'up') ? 'ok' : 'degraded', brokers }
}

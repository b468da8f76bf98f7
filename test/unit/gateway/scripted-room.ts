import type { RoomEvent } from '#lib/protocol/events.ts'
import type { Person } from '#lib/protocol/room.ts'
import type { Room } from '#lib/rooms/contract.ts'
import { createSignal } from '#lib/util/emitter.ts'

const EPOCH = 'epoch-1'
/** Events it holds, unless a test says otherwise: few, so that a test can run past them. */
const HELD = 1_000

/** A room whose events a test writes itself: what the gateway reads of a room, and no broker. */
export interface ScriptedRoom {
  room: Room
  readonly seq: number
  readonly watchers: number
  readonly people: readonly Person[]
  readonly listeners: number
  /** Numbers the next event and emits it. */
  say(text?: string): RoomEvent
  closeRoom(): void
}

export function scriptRoom(name: string, held = HELD): ScriptedRoom {
  const events: RoomEvent[] = []
  const emitted = createSignal<RoomEvent>()
  const closed = createSignal<void>()
  const people = new Map<string, Person>()
  let seq = 0
  let watchers = 0
  let listeners = 0

  const gap = (from: number, to: number, reason: 'epoch' | 'not-held'): RoomEvent => ({
    kind: 'gap',
    epoch: EPOCH,
    seq: to,
    at: Date.now(),
    room: name,
    evidence: 'client',
    from,
    to,
    reason,
  })
  const say = (text = `words ${seq + 1}`): RoomEvent => {
    seq += 1
    const event: RoomEvent = {
      kind: 'fault',
      epoch: EPOCH,
      seq,
      at: Date.now(),
      room: name,
      evidence: 'client',
      code: 'scripted',
      text,
    }
    events.push(event)
    if (events.length > held) events.shift()
    emitted.emit(event)
    return event
  }
  const refuse = () => {
    throw new Error('this room is scripted')
  }

  const room: Room = {
    name,
    access: {
      code: name,
      mute: refuse,
      remove: refuse,
      hasRemoved: async () => false,
      onRemoved: () => () => undefined,
      ownerOf: refuse,
    },
    snapshot: async () => ({
      room: name,
      epoch: EPOCH,
      seq,
      firstSeq: events[0]?.seq ?? seq + 1,
      number: 0,
      destinations: [],
      consumers: [],
      people: [...people.values()],
      brokers: [],
      loads: [],
    }),
    eventsSince: async (since, limit) => {
      const first = events[0]?.seq ?? seq + 1
      const from = since.epoch === EPOCH ? since.seq : 0
      const lost = since.epoch !== EPOCH || from + 1 < first
      const reason = since.epoch === EPOCH ? 'not-held' : 'epoch'
      const found = events.filter((event) => event.seq > from).slice(0, limit)
      return { events: lost ? [gap(from + 1, first - 1, reason), ...found] : found, seq, epoch: EPOCH }
    },
    onEvent: (listener) => {
      listeners += 1
      const stop = emitted.on(listener)
      return () => {
        listeners -= 1
        stop()
      }
    },
    onClosed: (listener) => closed.on(listener),
    watch: async () => {
      watchers += 1
      return () => {
        watchers -= 1
      }
    },
    takeSeat: refuse,
    leaveSeat: refuse,
    dropSeat: refuse,
    updateSeats: refuse,
    scene: refuse,
    openLesson: refuse,
    ownLesson: refuse,
    moveLesson: refuse,
    closeLesson: refuse,
    reset: refuse,
    faultConsumer: refuse,
    openVote: refuse,
    castVote: refuse,
    revealVote: refuse,
    closeVote: refuse,
    touch: async () => undefined,
    awake: async () => undefined,
    enter: async (person) => {
      people.set(person.id, person)
      say(`${person.name} came`)
      return () => {
        if (people.delete(person.id)) say(`${person.name} left`)
      }
    },
    updatePerson: async (person) => {
      people.set(person.id, person)
      say(`${person.name} is the name now`)
    },
    show: refuse,
    publish: refuse,
    addDestination: refuse,
    updateDestination: refuse,
    declareDestination: refuse,
    browse: refuse,
    removeDestination: refuse,
    addConsumer: refuse,
    updateConsumer: refuse,
    removeConsumer: refuse,
    commandConsumer: refuse,
    startLoad: refuse,
    stopLoad: refuse,
  }
  return {
    room,
    get seq() {
      return seq
    },
    get watchers() {
      return watchers
    },
    get people() {
      return [...people.values()]
    },
    get listeners() {
      return listeners
    },
    say,
    closeRoom: () => closed.emit(),
  }
}

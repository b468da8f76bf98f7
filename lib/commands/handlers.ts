import type { CommandInput, CommandOn, CommandOutput } from '#lib/protocol/command-table.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { BATCH_MAX_EVENTS, PAGE_MAX_BYTES } from '#lib/protocol/limits.ts'
import type { Room, Rooms } from '#lib/rooms/contract.ts'
import { now } from '#lib/util/clock.ts'
import type { Actor, Presence } from './actor.ts'

type Handlers<Target extends 'room' | 'dashboard' | 'presence', On> = {
  [C in CommandOn<Target>]: (on: On, input: CommandInput<C>, actor: Actor) => Promise<CommandOutput<C>>
}

/** What each command does with the room it acts on. */
export const roomCommands: Handlers<'room', Room> = {
  'room:get': (room) => room.snapshot(),
  'room:events': (room, { since }) => room.eventsSince(since, BATCH_MAX_EVENTS, PAGE_MAX_BYTES),
  'room:scene': (room) => room.scene(),
  'room:reset': async (room) => {
    await room.reset()
    return await room.snapshot()
  },
  'message:publish': (room, input, { presence }) => {
    const person = presence?.person
    if (!person) return room.publish(input)
    return room.publish({ ...input, sender: input.sender ?? person.name }, person.colour)
  },
  'consumer:add': (room, input) => room.addConsumer(input),
  'consumer:update': (room, { consumer, settings }) => room.updateConsumer(consumer, settings),
  'consumer:remove': (room, { consumer }) => room.removeConsumer(consumer).then(nothing),
  'consumer:command': (room, { consumer, command, ...given }) =>
    room.commandConsumer(consumer, command, given),
  'destination:add': (room, input) => room.addDestination(input),
  'destination:update': (room, { destination, settings, confirmed }) =>
    room.updateDestination(destination, settings, confirmed),
  'destination:declare': (room, { destination }) => room.declareDestination(destination),
  'destination:remove': (room, { destination }) => room.removeDestination(destination).then(nothing),
  'seats:update': (room, rules) => room.updateSeats(rules),
  'load:start': (room, input) => room.startLoad(input),
  'load:stop': (room, { system }) => room.stopLoad(system).then(nothing),
  'vote:open': (room, input) => room.openVote(input),
  'vote:reveal': (room, input) => room.revealVote(input),
  'vote:close': (room) => room.closeVote().then(nothing),
}

export const dashboardCommands: Handlers<'dashboard', Rooms> = {
  'room:create': async (rooms, { room: name, ...start }) => {
    const { room, created } = await rooms.create(name, start)
    return { snapshot: await room.snapshot(), created }
  },
  'room:remove': (rooms, { room }) => rooms.remove(room).then(nothing),
  'broker:retry': (rooms, { system }) => rooms.retryBroker(system).then(nothing),
}

export const presenceCommands: Handlers<'presence', Presence> = {
  'room:join': async (presence, input) => ({ snapshot: await presence.join(input), at: now() }),
  'room:leave': (presence) => presence.leave().then(nothing),
  'person:update': (presence, look) => presence.update(look).then(nothing),
  'seat:take': (presence, asked) => presence.takeSeat(asked),
  'seat:leave': (presence) => presence.leaveSeat().then(nothing),
  'seat:drop': (presence) => presence.dropSeat(),
  'person:show': (presence, { shows }) => presence.show(shows).then(nothing),
  'vote:cast': async (presence, { choice }, actor) => {
    const room = await actor.room()
    if (presence.person === null) throw new AppError('wrong-state', 'join a room first')
    await room.castVote(presence.person, choice)
    return { choice }
  },
}

const nothing = () => ({})

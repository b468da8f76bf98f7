import type { LessonLibrary } from '#lib/lessons/library.ts'
import { screenSteps } from '#lib/lessons/screen-steps.ts'
import type { CommandInput, CommandOn, CommandOutput } from '#lib/protocol/command-table.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { BATCH_MAX_EVENTS, PAGE_MAX_BYTES, ROOMS_MAX } from '#lib/protocol/limits.ts'
import type { LessonToOpen, Room, Rooms } from '#lib/rooms/contract.ts'
import { now } from '#lib/util/clock.ts'
import type { Actor, Presence } from './actor.ts'

type Handlers<Target extends 'room' | 'dashboard' | 'presence', On> = {
  [C in CommandOn<Target>]: (
    on: On,
    input: CommandInput<C>,
    actor: Actor,
    lessons: LessonLibrary,
  ) => Promise<CommandOutput<C>>
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
  'lesson:open': async (room, { lesson }, actor, lessons) =>
    room.openLesson(await lessonToOpen(lessons, lesson), nameOf(actor)),
  'lesson:move': (room, move, actor) => room.moveLesson(move, nameOf(actor)),
  'lesson:close': (room) => room.closeLesson().then(nothing),
  'vote:open': (room, input) => room.openVote(input),
  'vote:reveal': (room, input) => room.revealVote(input),
  'vote:close': (room) => room.closeVote().then(nothing),
}

export const dashboardCommands: Handlers<'dashboard', Rooms> = {
  'room:list': async (rooms) => ({ rooms: await rooms.list(), limit: ROOMS_MAX }),
  'lesson:list': async (_rooms, _input, _actor, lessons) => ({ lessons: await lessons.list() }),
  'lesson:get': (_rooms, { lesson }, _actor, lessons) => lessons.get(lesson),
  'room:create': async (rooms, { room: name, lesson: asked, ...start }, _actor, lessons) => {
    const lesson = asked === undefined ? undefined : await lessonToOpen(lessons, asked)
    const { room, created } = await rooms.create(name, { ...start, lesson })
    return { snapshot: await room.snapshot(), created }
  },
  'room:remove': (rooms, { room }) => rooms.remove(room).then(nothing),
  'destination:list': (rooms, { system }) => rooms.destinationsOn(system),
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

async function lessonToOpen(lessons: LessonLibrary, name: string): Promise<LessonToOpen> {
  const lesson = await lessons.get(name)
  return { name, title: lesson.title, steps: screenSteps(lesson).length, scene: lesson.scene }
}

/** Who runs a command, where a person does. */
const nameOf = ({ presence }: Actor): string | undefined => presence?.person?.name

const nothing = () => ({})

import type { Access } from '#lib/access/access.ts'
import type { Grant } from '#lib/access/grant.ts'
import { parseLessonFile } from '#lib/lessons/lesson-file.ts'
import { lessonToOpen, ownLessonToOpen } from '#lib/lessons/lesson-to-open.ts'
import type { LessonLibrary } from '#lib/lessons/library.ts'
import type { Command } from '#lib/protocol/command-definition.ts'
import type { CommandInput, CommandOn, CommandOutput } from '#lib/protocol/command-table.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { BATCH_MAX_EVENTS, PAGE_MAX_BYTES, ROOMS_MAX } from '#lib/protocol/limits.ts'
import type { Person } from '#lib/protocol/room.ts'
import type { LessonToOpen, Room, Rooms } from '#lib/rooms/contract.ts'
import { now } from '#lib/util/clock.ts'
import type { Actor, Presence } from './actor.ts'
import { youOf } from './permission.ts'

/** What commands need beside the actor: what it is granted, and what the dashboard has beside its rooms. */
export interface By {
  readonly grant: Grant
  readonly access: Access
  readonly lessons: LessonLibrary
}

type Handlers<Target extends Command['actsOn'], On> = {
  [C in CommandOn<Target>]: (
    on: On,
    input: CommandInput<C>,
    actor: Actor,
    by: By,
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
  'message:publish': (room, input, actor, by) => {
    const person = actor.presence?.person ?? by.grant.person
    if (person === null) return room.publish(input)
    const sender = senderOf(room, input.sender, person, by)
    return room.publish({ ...input, sender }, person)
  },
  'person:mute': (room, { person, muted }) => room.access.mute(person, muted).then(nothing),
  'person:remove': async (room, { person }, actor, { grant }) => {
    if (person === (grant.person ?? actor.presence?.person)?.id)
      throw new AppError('wrong-state', 'nobody can remove themselves')
    await room.access.remove(person)
    return {}
  },
  'consumer:add': (room, input, actor, by) => room.addConsumer(input, personIdOf(actor, by)),
  'consumer:update': (room, { consumer, settings }) => room.updateConsumer(consumer, settings),
  'consumer:remove': (room, { consumer }) => room.removeConsumer(consumer).then(nothing),
  'consumer:command': (room, { consumer, command, ...given }, actor) =>
    room.commandConsumer(consumer, command, given, nameOf(actor)),
  'consumer:fault': (room, { consumer, fault }, actor) => room.faultConsumer(consumer, fault, nameOf(actor)),
  'destination:add': (room, input, actor, by) => room.addDestination(input, personIdOf(actor, by)),
  'destination:update': (room, { destination, settings, confirmed }) =>
    room.updateDestination(destination, settings, confirmed),
  'destination:browse': (room, { destination, ...page }) => room.browse(destination, page),
  'destination:declare': (room, { destination }) => room.declareDestination(destination),
  'destination:remove': (room, { destination }) => room.removeDestination(destination).then(nothing),
  'seats:update': (room, rules) => room.updateSeats(rules),
  'load:start': (room, input) => room.startLoad(input),
  'load:stop': (room, { system }) => room.stopLoad(system).then(nothing),
  'lesson:open': async (room, asked, actor, { lessons }) =>
    room.openLesson((await lessonAsked(lessons, asked)) ?? (await lessonHere(room, lessons)), nameOf(actor)),
  'lesson:here': async (room, _input, _actor, { lessons }) =>
    (await room.ownLesson()) ?? lessons.get(await nameHere(room)),
  'lesson:move': (room, move, actor) => room.moveLesson(move, nameOf(actor)),
  'lesson:close': (room) => room.closeLesson().then(nothing),
  'vote:open': (room, input) => room.openVote(input),
  'vote:reveal': (room, input) => room.revealVote(input),
  'vote:close': (room) => room.closeVote().then(nothing),
}

export const dashboardCommands: Handlers<'dashboard', Rooms> = {
  'room:list': async (rooms) => ({ rooms: await rooms.list(), limit: ROOMS_MAX }),
  'lesson:list': async (_rooms, _input, _actor, { lessons }) => ({ lessons: await lessons.list() }),
  'lesson:get': (_rooms, { lesson }, _actor, { lessons }) => lessons.get(lesson),
  'room:create': async (rooms, { room: name, lesson: by, lessonFile, ...start }, _actor, { lessons }) => {
    const lesson = await lessonAsked(lessons, { lesson: by, lessonFile })
    const { room, created } = await rooms.create(name, { ...start, lesson })
    return { snapshot: await room.snapshot(), created }
  },
  'room:remove': (rooms, { room }) => rooms.remove(room).then(nothing),
  'destination:list': (rooms, { system }) => rooms.destinationsOn(system),
  'broker:fault': (rooms, { system, fault }, actor) => rooms.faultBroker(system, fault, nameOf(actor)),
  'broker:retry': (rooms, { system }) => rooms.retryBroker(system).then(nothing),
}

export const presenceCommands: Handlers<'presence', Presence> = {
  'room:join': async (presence, input, _actor, { grant, access }) => {
    const { person, role } = grant
    if (person === null) return { snapshot: await presence.join(input), at: now() }
    // Somebody may have taken the person's own name while they were away.
    const name = access.names.reserveOneOf(input.room, person.id, [input.name, person.name], role)
    const snapshot = await presence.join({ ...input, personId: person.id, name })
    return { snapshot, at: now(), you: youOf(grant, name) }
  },
  'room:leave': (presence) => presence.leave().then(nothing),
  'person:update': async (presence, look, actor, { grant, access }) => {
    const { person, role } = grant
    if (person !== null && !access.names.reserve((await actor.room()).name, person.id, look.name, role)) {
      throw new AppError('name-taken', `somebody in the room has the name "${look.name}"`)
    }
    await presence.update(look)
    return {}
  },
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

export const accessCommands: Handlers<'access', Access> = {
  'access:join': (access, input, actor, { grant }) => access.join(input, grant, actor.from.clientAddress),
  'access:get': async ({ sharing }, _input, _actor, { grant: { role, room, person } }) => ({
    ...{ sharing, role },
    ...(room === null ? {} : { room }),
    ...(person === null ? {} : { person }),
  }),
  'access:share': (access, { room }) => access.share(room),
  'access:presenter-link': (access) => access.presenterLink(),
}

/** By its name or its file; undefined where neither is given. Throws `lesson-not-found`, `invalid`. */
async function lessonAsked(
  lessons: LessonLibrary,
  { lesson: name, lessonFile }: { lesson?: string | undefined; lessonFile?: string | undefined },
): Promise<LessonToOpen | undefined> {
  if (lessonFile !== undefined) {
    if (name === undefined) return ownLessonToOpen(parseLessonFile(lessonFile))
    throw new AppError('invalid', 'a lesson or a lesson file, not both', { detail: { field: 'lessonFile' } })
  }
  return name === undefined ? undefined : lessonToOpen(name, await lessons.get(name))
}

/** The lesson that goes on, to begin anew. Throws `wrong-state`. */
async function lessonHere(room: Room, lessons: LessonLibrary): Promise<LessonToOpen> {
  const own = await room.ownLesson()
  if (own !== null) return ownLessonToOpen(own)
  const name = await nameHere(room)
  return lessonToOpen(name, await lessons.get(name))
}

async function nameHere(room: Room): Promise<string> {
  const { lesson } = await room.snapshot()
  if (lesson === undefined) throw new AppError('wrong-state', 'no lesson goes on in this room')
  return lesson.name
}

/** Who runs a command, where a person does. */
const nameOf = ({ presence }: Actor): string | undefined => presence?.person?.name

/** The id under which what a person makes is theirs; undefined for a program that says of no person who it is. */
const personIdOf = ({ presence }: Actor, { grant }: By): string | undefined =>
  (grant.person ?? presence?.person)?.id

const nothing = () => ({})

/** Whose message it is: a participant speaks under their own name alone. */
function senderOf(
  room: Room,
  asked: string | undefined,
  { id, name }: Pick<Person, 'id' | 'name'>,
  by: By,
): string {
  if (by.grant.person === null || by.grant.role === 'presenter') return asked ?? name
  return by.access.names.nameOf(room.name, id) ?? name
}

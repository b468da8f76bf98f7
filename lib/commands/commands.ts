import type { Access } from '#lib/access/access.ts'
import type { Grant } from '#lib/access/grant.ts'
import type { LessonLibrary } from '#lib/lessons/library.ts'
import {
  COMMANDS,
  type CommandInput,
  type CommandName,
  commandNamed,
  isCommandName,
} from '#lib/protocol/command-table.ts'
import { AppError, type Failure, type Reply, toFailure } from '#lib/protocol/errors.ts'
import { PERSON_COMMANDS_BURST, PERSON_COMMANDS_PER_SECOND } from '#lib/protocol/limits.ts'
import { parseInput } from '#lib/protocol/parse.ts'
import type { Room, Rooms } from '#lib/rooms/contract.ts'
import { createBuckets } from '#lib/util/buckets.ts'
import { createTokenBucket, type TokenBucket } from '#lib/util/token-bucket.ts'
import type { Actor } from './actor.ts'
import { accessCommands, type By, dashboardCommands, presenceCommands, roomCommands } from './handlers.ts'
import { checkNotRemoved, checkOwn, checkPoison, checkRole, checkRoom } from './permission.ts'

export interface CommandsOptions {
  rooms: Rooms
  access: Access
  lessons: LessonLibrary
  log: { error(details: object, message: string): void }
}

/** Runs the commands of the table, for sockets and for HTTP alike: the same limit, the same parsing, the same errors. */
export interface Commands {
  /**
   * Takes a token of the limits, compares the role with what the command needs, finds the room, reads and parses the
   * input, and runs the command. Never rejects. Commands that act on a room begin in the order in which an actor asked for
   * them.
   */
  run(actor: Actor, name: unknown, readInput: () => unknown): Promise<Reply<unknown>>
  /** The same up to the room, for an answer that is a stream, which has to end when the grant does. Throws AppError. */
  admit(actor: Actor, name: CommandName): Promise<{ room: Room; grant: Grant }>
  /** What an error looks like to the caller. One that is the dashboard's own is logged, and says nothing about itself. */
  failureOf(error: unknown, actor: Actor, name: unknown): Failure
}

export function createCommands({ rooms, lessons, access, log }: CommandsOptions): Commands {
  const ofPerson = createBuckets(() => createTokenBucket(PERSON_COMMANDS_PER_SECOND, PERSON_COMMANDS_BURST))
  const grantFor = async (actor: Actor, name: CommandName): Promise<Grant> => {
    const grant = await actor.grant()
    checkRole(grant, commandNamed(name))
    if (grant.role === 'participant' && grant.person !== null) takeToken(ofPerson(grant.person.id))
    return grant
  }
  const handle = async (actor: Actor, name: CommandName, readInput: () => unknown): Promise<unknown> => {
    const command = commandNamed(name)
    const grant = await grantFor(actor, name)
    const room = command.actsOn === 'room' ? await roomFor(actor, grant) : null
    const input = parseInput(COMMANDS[name].input, (await readInput()) ?? {})
    checkPoison(grant, command, input)
    const by = { grant, access, lessons }
    if (room !== null) {
      if (command.ownOnly) await checkOwn(grant, command, room, input)
      return handlerOf(roomCommands, name)(room, input, actor, by)
    }
    // Whatever else a command acts on, the room that its input names has to be the grant's.
    if ('room' in input) checkRoom(grant, input.room)
    if (command.actsOn === 'dashboard') return handlerOf(dashboardCommands, name)(rooms, input, actor, by)
    if (command.actsOn === 'access') return handlerOf(accessCommands, name)(access, input, actor, by)
    if (actor.presence === null) throw new AppError('command-not-found', `${name} needs a socket`)
    return handlerOf(presenceCommands, name)(actor.presence, input, actor, by)
  }

  const failureOf: Commands['failureOf'] = (error, { from }, name) => {
    if (!(error instanceof AppError)) log.error({ err: error, command: name, from }, 'a command failed')
    return toFailure(error)
  }

  return {
    run: async (actor, name, readInput) => {
      try {
        takeToken(actor.bucket)
        if (!isCommandName(name)) throw new AppError('command-not-found', 'there is no such command')
        return { ok: true, value: await handle(actor, name, readInput) }
      } catch (error) {
        return failureOf(error, actor, name)
      }
    },
    admit: async (actor, name) => {
      takeToken(actor.bucket)
      const grant = await grantFor(actor, name)
      return { grant, room: await roomFor(actor, grant) }
    },
    failureOf,
  }
}

/** The room, once it is clear that the grant is for it: a room of others is refused alike, whether it exists or not. */
async function roomFor(actor: Actor, grant: Grant): Promise<Room> {
  if (actor.roomNamed !== undefined) checkRoom(grant, actor.roomNamed)
  const room = await actor.room()
  checkRoom(grant, room.name)
  if (grant.person !== null) await checkNotRemoved(grant, room)
  return room
}

function takeToken(bucket: TokenBucket): void {
  const retryAfterMs = bucket.take()
  if (retryAfterMs > 0) throw new AppError('rate-limited', 'too many commands', { retryAfterMs })
}

type Handler<On> = (on: On, input: CommandInput<CommandName>, actor: Actor, by: By) => Promise<unknown>

/** The table pairs each command with its own schema and target; the type of an access by name loses that. */
const handlerOf = <H extends object>(handlers: H, name: CommandName) =>
  Reflect.get(handlers, name) as H extends Record<string, (on: infer On, ...rest: never[]) => unknown>
    ? Handler<On>
    : never

import type { LessonLibrary } from '#lib/lessons/library.ts'
import { COMMANDS, type CommandInput, type CommandName, isCommandName } from '#lib/protocol/command-table.ts'
import { AppError, type Failure, type Reply, toFailure } from '#lib/protocol/errors.ts'
import { parseInput } from '#lib/protocol/parse.ts'
import type { Room, Rooms } from '#lib/rooms/contract.ts'
import type { Actor } from './actor.ts'
import { dashboardCommands, presenceCommands, roomCommands } from './handlers.ts'

export interface CommandsOptions {
  rooms: Rooms
  lessons: LessonLibrary
  log: { error(details: object, message: string): void }
}

/** Runs the commands of the table, for sockets and for HTTP alike: the same limit, the same parsing, the same errors. */
export interface Commands {
  /**
   * Takes a token, finds the room, reads and parses the input, and runs the command. Never rejects. Commands that act on
   * a room begin in the order in which an actor asked for them.
   */
  run(actor: Actor, name: unknown, readInput: () => unknown): Promise<Reply<unknown>>
  /** Takes a token and finds the room, for an answer that is a stream. Throws AppError. */
  admit(actor: Actor): Promise<Room>
  /** What an error looks like to the caller. One that is the dashboard's own is logged, and says nothing about itself. */
  failureOf(error: unknown, actor: Actor, name: unknown): Failure
}

export function createCommands({ rooms, lessons, log }: CommandsOptions): Commands {
  const handle = async (actor: Actor, name: CommandName, readInput: () => unknown): Promise<unknown> => {
    const room = COMMANDS[name].actsOn === 'room' ? await actor.room() : null
    const input = parseInput(COMMANDS[name].input, (await readInput()) ?? {})
    if (room !== null) return handlerOf(roomCommands, name)(room, input, actor, lessons)
    if (COMMANDS[name].actsOn === 'dashboard')
      return handlerOf(dashboardCommands, name)(rooms, input, actor, lessons)
    if (actor.presence === null) throw new AppError('command-not-found', `${name} needs a socket`)
    return handlerOf(presenceCommands, name)(actor.presence, input, actor, lessons)
  }

  const failureOf: Commands['failureOf'] = (error, { from, role }, name) => {
    if (!(error instanceof AppError)) log.error({ err: error, command: name, from, role }, 'a command failed')
    return toFailure(error)
  }

  return {
    run: async (actor, name, readInput) => {
      try {
        takeToken(actor)
        if (!isCommandName(name)) throw new AppError('command-not-found', 'there is no such command')
        return { ok: true, value: await handle(actor, name, readInput) }
      } catch (error) {
        return failureOf(error, actor, name)
      }
    },
    admit: async (actor) => {
      takeToken(actor)
      return await actor.room()
    },
    failureOf,
  }
}

function takeToken({ bucket }: Actor): void {
  const retryAfterMs = bucket.take()
  if (retryAfterMs > 0) throw new AppError('rate-limited', 'too many commands', { retryAfterMs })
}

type Handler<On> = (
  on: On,
  input: CommandInput<CommandName>,
  actor: Actor,
  lessons: LessonLibrary,
) => Promise<unknown>

/** The table pairs each command with its own schema and target; the type of an access by name loses that. */
const handlerOf = <H extends object>(handlers: H, name: CommandName) =>
  Reflect.get(handlers, name) as H extends Record<string, (on: infer On, ...rest: never[]) => unknown>
    ? Handler<On>
    : never

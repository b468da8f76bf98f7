import * as z from 'zod'
import type { CommandInput, CommandName, CommandOutput } from './command-table.ts'
import type { Reply } from './errors.ts'
import { roomEventSchema } from './events.ts'

export { PROTOCOL_VERSION } from './version.ts'

/** What the server sends without being asked: Socket.IO event name → payload. */
export const SERVER_EVENTS = {
  /** Consecutive events of the joined room, in order. A jump in `seq` never happens without `behind`. */
  events: z.object({ room: z.string(), events: z.array(roomEventSchema) }),
  /** This socket reads too slowly: live events stop here. Catch up with `room:events` from `seq` on, then join again. */
  behind: z.object({ room: z.string(), seq: z.number().int(), epoch: z.string() }),
  /** The page is of another version than the server and must be reloaded. */
  reload: z.object({ version: z.number() }),
  /** The room no longer exists. */
  closed: z.object({ room: z.string() }),
  /** A presenter has removed this socket's person from the room. */
  removed: z.object({ room: z.string() }),
} as const
export type ServerEventName = keyof typeof SERVER_EVENTS
export type ServerEventPayload<E extends ServerEventName> = z.infer<(typeof SERVER_EVENTS)[E]>

export type ClientToServer = {
  [C in CommandName]: (input: CommandInput<C>, reply: (reply: Reply<CommandOutput<C>>) => void) => void
}
export type ServerToClient = { [E in ServerEventName]: (payload: ServerEventPayload<E>) => void }

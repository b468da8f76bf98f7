import { z } from 'zod'
import {
  addConsumerSchema,
  addDestinationSchema,
  commandArgumentsSchema,
  consumerCommandSchema,
  joinSchema,
  positionSchema,
  publishReplySchema,
  publishSchema,
  startLoadSchema,
  stopLoadSchema,
  updateConsumerSchema,
  updateDestinationSchema,
} from './commands.ts'
import type { Reply } from './errors.ts'
import { roomEventSchema } from './events.ts'
import { personNameSchema, systemIdSchema } from './names.ts'
import { consumerSchema, destinationSchema, loadStateSchema, roomSnapshotSchema } from './room.ts'

/** Sent in the handshake's `auth.version`; a server of another version answers with `reload`. */
export const PROTOCOL_VERSION = 2

const eventsPageSchema = z.object({
  events: z.array(roomEventSchema),
  /** The room's last event when the page was cut; ask again while the page ends before it. */
  seq: z.number().int(),
  epoch: z.string(),
})

const consumerRef = z.object({ consumer: z.string().max(200) })
const destinationRef = z.object({ destination: z.string().max(200) })

/**
 * Every command a browser can send: Socket.IO event name → its input and what an `ok` acknowledgement holds.
 * Commands other than `room:join` act on the room the socket has joined.
 */
export const COMMANDS = {
  /** Joins a room (leaving any other) and, when it returns, receives every later event of it as `events`. */
  'room:join': { input: joinSchema, output: z.object({ snapshot: roomSnapshotSchema }) },
  'room:leave': { input: z.object({}), output: z.object({}) },
  /** A page of events after a position, with a `gap` first where they are no longer held. */
  'room:events': { input: z.object({ since: positionSchema }), output: eventsPageSchema },
  'person:update': {
    input: z.object({ name: personNameSchema, colour: z.number().int().min(0).max(7) }),
    output: z.object({}),
  },
  'message:publish': { input: publishSchema, output: publishReplySchema },
  'consumer:add': { input: addConsumerSchema, output: consumerSchema },
  'consumer:update': { input: consumerRef.extend(updateConsumerSchema.shape), output: consumerSchema },
  'consumer:remove': { input: consumerRef, output: z.object({}) },
  'consumer:command': {
    input: consumerRef.extend({ command: consumerCommandSchema, ...commandArgumentsSchema.shape }),
    output: consumerSchema,
  },
  'destination:add': { input: addDestinationSchema, output: destinationSchema },
  'destination:update': {
    input: destinationRef.extend(updateDestinationSchema.shape),
    output: destinationSchema,
  },
  'destination:remove': { input: destinationRef, output: z.object({}) },
  'load:start': { input: startLoadSchema, output: loadStateSchema },
  'load:stop': { input: stopLoadSchema, output: z.object({}) },
  /** Look for a broker now instead of at the next due try. */
  'broker:retry': { input: z.object({ system: systemIdSchema }), output: z.object({}) },
} as const
export type CommandName = keyof typeof COMMANDS
export type CommandInput<C extends CommandName> = z.infer<(typeof COMMANDS)[C]['input']>
export type CommandOutput<C extends CommandName> = z.infer<(typeof COMMANDS)[C]['output']>

/** Facts the server sends: Socket.IO event name → payload. */
export const SERVER_EVENTS = {
  /** Consecutive events of the joined room, in order. A jump in `seq` never happens without `behind`. */
  events: z.object({ room: z.string(), events: z.array(roomEventSchema) }),
  /** This socket reads too slowly: live events stop here; catch up with `room:events` from `seq` on, then join again. */
  behind: z.object({ room: z.string(), seq: z.number().int(), epoch: z.string() }),
  /** The page is of another version than the server: reload it. */
  reload: z.object({ version: z.number() }),
  /** The room is gone. */
  closed: z.object({ room: z.string() }),
} as const
export type ServerEventName = keyof typeof SERVER_EVENTS
export type ServerEventPayload<E extends ServerEventName> = z.infer<(typeof SERVER_EVENTS)[E]>

export type ClientToServer = {
  [C in CommandName]: (input: CommandInput<C>, reply: (reply: Reply<CommandOutput<C>>) => void) => void
}
export type ServerToClient = { [E in ServerEventName]: (payload: ServerEventPayload<E>) => void }

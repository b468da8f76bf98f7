import { z } from 'zod'
import {
  acceptedSchema,
  addConsumerSchema,
  addDestinationSchema,
  commandArgumentsSchema,
  consumerCommandSchema,
  joinSchema,
  positionSchema,
  postMessageSchema,
  publishReplySchema,
  publishSchema,
  startLoadSchema,
  stopLoadSchema,
  updateConsumerSchema,
  updateDestinationSchema,
} from './commands.ts'
import type { ErrorCode } from './errors.ts'
import { roomEventSchema } from './events.ts'
import { personNameSchema, roomNameSchema, systemIdSchema } from './names.ts'
import { consumerSchema, destinationSchema, loadStateSchema, roomSnapshotSchema } from './room.ts'

/**
 * The one table of commands. Sockets and HTTP both dispatch through it (`lib/commands`), and OpenAPI and AsyncAPI are
 * generated from it.
 */

/** What running a command takes. Each role includes those before it. Until rooms give out roles, everybody has all of them. */
export const ROLES = ['anyone', 'participant', 'presenter'] as const
export type Role = (typeof ROLES)[number]

export type HttpMethod = 'get' | 'put' | 'post' | 'patch' | 'delete'

/** How a command is requested and answered over HTTP. */
export interface HttpForm {
  /** The operation's id in the OpenAPI document. */
  id: string
  method: HttpMethod
  /** `{room}` is the room that the command acts on; every other `{name}` is that member of its input. */
  path: string
  /** Status and description of each answer that is not a problem. Without a body when the status is 204. */
  success: Readonly<Record<number, string>>
  /** The JSON body. Its members and those of the path make the input, unless `lib/http/command-routes.ts` says otherwise. */
  body?: z.ZodType
  /** The names of query and header parameters that `lib/protocol/openapi.ts` describes. */
  parameters?: readonly ('system' | 'since' | 'epoch' | 'lastEventId')[]
  /** What the answer holds, where that is not the command's output. */
  answer?: z.ZodType
  /** The answer is a stream of `answer` in one of these media types. */
  mediaTypes?: readonly string[]
}

export interface Command {
  /** One line for the generated documents. */
  summary: string
  description?: string
  needs: Role
  /**
   * `room`: the room that the socket has joined or that the path names. `dashboard`: no room, or the one that the input
   * names. `presence`: the socket's own place in a room, which a caller over HTTP does not have.
   */
  actsOn: 'room' | 'dashboard' | 'presence'
  input: z.ZodType
  /** What an `ok` acknowledgement holds. */
  output: z.ZodType
  /** Beside those that every command can meet. */
  errors: readonly ErrorCode[]
  /** Null for commands on a socket's presence. */
  http: HttpForm | null
}

const BROKER_ERRORS = ['broker-refused', 'broker-down', 'broker-timeout'] as const
const CONSUMER_ERRORS = ['consumer-not-found', 'ambiguous-name'] as const
const DESTINATION_ERRORS = ['destination-not-found', 'ambiguous-name'] as const

const nothing = z.object({})
/** An id or a name; what it names is looked up in the room. */
const reference = z.string().min(1).max(200)
const consumerRef = z.object({ consumer: reference })
const destinationRef = z.object({ destination: reference })
const eventsPageSchema = z.object({
  events: z.array(roomEventSchema),
  /** The room's last event when the page was made; ask again while the page ends before it. */
  seq: z.number().int(),
  epoch: z.string(),
})

const presenceCommands = {
  'room:join': {
    summary: 'Joins a room, leaving any other, and receives every later event of it as `events`',
    needs: 'anyone',
    actsOn: 'presence',
    input: joinSchema,
    output: z.object({ snapshot: roomSnapshotSchema }),
    errors: ['room-not-found', 'too-many'],
    http: null,
  },
  'room:leave': {
    summary: 'Leaves the room',
    needs: 'anyone',
    actsOn: 'presence',
    input: nothing,
    output: nothing,
    errors: [],
    http: null,
  },
  'person:update': {
    summary: "Changes the person's name and colour",
    needs: 'participant',
    actsOn: 'presence',
    input: z.object({ name: personNameSchema, colour: z.number().int().min(0).max(7) }),
    output: nothing,
    errors: [],
    http: null,
  },
} as const satisfies Record<string, Command>

const roomCommands = {
  'room:get': {
    summary: 'A room as it is now',
    needs: 'anyone',
    actsOn: 'room',
    input: nothing,
    output: roomSnapshotSchema,
    errors: [],
    http: { id: 'getRoom', method: 'get', path: '/api/rooms/{room}', success: { 200: 'The room' } },
  },
  'room:create': {
    summary: 'Creates a room',
    needs: 'participant',
    actsOn: 'dashboard',
    input: z.object({ room: roomNameSchema }),
    output: z.object({ snapshot: roomSnapshotSchema, created: z.boolean() }),
    errors: ['too-many'],
    http: {
      id: 'putRoom',
      method: 'put',
      path: '/api/rooms/{room}',
      success: { 200: 'It existed', 201: 'Created' },
      answer: roomSnapshotSchema,
    },
  },
  'room:remove': {
    summary: 'Closes a room and removes all that is its own from the brokers',
    needs: 'presenter',
    actsOn: 'dashboard',
    input: z.object({ room: z.string().max(200) }),
    output: nothing,
    errors: ['room-not-found', 'lobby-stays'],
    http: { id: 'deleteRoom', method: 'delete', path: '/api/rooms/{room}', success: { 204: 'Gone' } },
  },
  'room:events': {
    summary: 'Events of a room, in order; begins with a `gap` where events are no longer held',
    description: 'Over HTTP with `Accept: text/event-stream` it stays open; ids are `<epoch>:<seq>`.',
    needs: 'anyone',
    actsOn: 'room',
    input: z.object({ since: positionSchema }),
    output: eventsPageSchema,
    errors: ['bad-request'],
    http: {
      id: 'getEvents',
      method: 'get',
      path: '/api/rooms/{room}/events',
      parameters: ['since', 'epoch', 'lastEventId'],
      success: { 200: 'One event a line, up to the last one held; or live' },
      answer: roomEventSchema,
      mediaTypes: ['application/x-ndjson', 'text/event-stream'],
    },
  },
  'message:publish': {
    summary: 'Sends a message',
    description:
      'Over HTTP to one system. The answer’s `seq` is the last event before the message: all events of the message come after it.',
    needs: 'participant',
    actsOn: 'room',
    input: publishSchema,
    output: publishReplySchema,
    errors: [
      'bad-request',
      'system-not-found',
      'destination-not-found',
      'text-empty',
      'text-too-long',
      'broker-refused',
      'broker-down',
    ],
    http: {
      id: 'postMessage',
      method: 'post',
      path: '/api/rooms/{room}/messages',
      success: { 202: 'Accepted and handed to the broker' },
      body: postMessageSchema,
      answer: acceptedSchema,
    },
  },
} as const satisfies Record<string, Command>

const consumerCommands = {
  'consumer:add': {
    summary: 'Attaches a consumer with a connection of its own',
    needs: 'participant',
    actsOn: 'room',
    input: addConsumerSchema,
    output: consumerSchema,
    errors: [
      ...BROKER_ERRORS,
      'system-not-found',
      'destination-not-found',
      'name-taken',
      'not-capable',
      'too-many',
    ],
    http: {
      id: 'addConsumer',
      method: 'post',
      path: '/api/rooms/{room}/consumers',
      success: { 201: 'Attached: it misses nothing from now on' },
      body: addConsumerSchema,
    },
  },
  // A consumer does not know who added it yet. When it does, another person's consumer will take a presenter.
  'consumer:update': {
    summary: "Changes a consumer's settings",
    needs: 'participant',
    actsOn: 'room',
    input: consumerRef.extend(updateConsumerSchema.shape),
    output: consumerSchema,
    errors: [...BROKER_ERRORS, ...CONSUMER_ERRORS, 'not-capable', 'wrong-state'],
    http: {
      id: 'updateConsumer',
      method: 'patch',
      path: '/api/rooms/{room}/consumers/{consumer}',
      success: { 200: 'Changed' },
      body: updateConsumerSchema,
    },
  },
  'consumer:remove': {
    summary: 'A consumer leaves politely',
    needs: 'participant',
    actsOn: 'room',
    input: consumerRef,
    output: nothing,
    errors: CONSUMER_ERRORS,
    http: {
      id: 'removeConsumer',
      method: 'delete',
      path: '/api/rooms/{room}/consumers/{consumer}',
      success: { 204: 'Gone' },
    },
  },
  'consumer:command': {
    summary: 'Pauses, resumes, crashes or starts a consumer; settles a delivery; seeks',
    description:
      '`ack`, `requeue` and `reject` need `delivery`; `seek` needs `seek`; over HTTP the others need no body.',
    needs: 'participant',
    actsOn: 'room',
    input: consumerRef.extend({ command: consumerCommandSchema, ...commandArgumentsSchema.shape }),
    output: consumerSchema,
    errors: [
      ...BROKER_ERRORS,
      ...CONSUMER_ERRORS,
      'command-not-found',
      'delivery-not-found',
      'wrong-state',
      'not-capable',
    ],
    http: {
      id: 'commandConsumer',
      method: 'post',
      path: '/api/rooms/{room}/consumers/{consumer}/{command}',
      success: { 200: 'Done' },
      body: commandArgumentsSchema.optional(),
    },
  },
} as const satisfies Record<string, Command>

const steeringCommands = {
  'destination:add': {
    summary: 'Declares a destination',
    needs: 'presenter',
    actsOn: 'room',
    input: addDestinationSchema,
    output: destinationSchema,
    errors: [...BROKER_ERRORS, 'system-not-found', 'name-taken', 'not-capable', 'too-many'],
    http: {
      id: 'addDestination',
      method: 'post',
      path: '/api/rooms/{room}/destinations',
      success: { 201: 'Declared' },
      body: addDestinationSchema,
    },
  },
  'destination:update': {
    summary: "Changes a destination's settings, where its mode can be altered",
    needs: 'presenter',
    actsOn: 'room',
    input: destinationRef.extend(updateDestinationSchema.shape),
    output: destinationSchema,
    errors: [...BROKER_ERRORS, ...DESTINATION_ERRORS, 'not-capable'],
    http: {
      id: 'updateDestination',
      method: 'patch',
      path: '/api/rooms/{room}/destinations/{destination}',
      success: { 200: 'Changed' },
      body: updateDestinationSchema,
    },
  },
  'destination:remove': {
    summary: 'Removes a destination and its consumers',
    needs: 'presenter',
    actsOn: 'room',
    input: destinationRef,
    output: nothing,
    errors: [...BROKER_ERRORS, ...DESTINATION_ERRORS, 'lobby-stays', 'wrong-state'],
    http: {
      id: 'removeDestination',
      method: 'delete',
      path: '/api/rooms/{room}/destinations/{destination}',
      success: { 204: 'Gone' },
    },
  },
  'load:start': {
    summary: 'Starts the load generator inside the server',
    needs: 'presenter',
    actsOn: 'room',
    input: startLoadSchema,
    output: loadStateSchema,
    errors: ['system-not-found', 'destination-not-found', 'load-running', 'broker-down'],
    http: {
      id: 'startLoad',
      method: 'post',
      path: '/api/rooms/{room}/load',
      success: { 202: 'Running' },
      body: startLoadSchema,
    },
  },
  'load:stop': {
    summary: 'Stops the load generator',
    needs: 'presenter',
    actsOn: 'room',
    input: stopLoadSchema,
    output: nothing,
    errors: ['system-not-found'],
    http: {
      id: 'stopLoad',
      method: 'delete',
      path: '/api/rooms/{room}/load',
      parameters: ['system'],
      success: { 204: 'Stopped' },
    },
  },
  'broker:retry': {
    summary: 'Looks for a broker now instead of at the next scheduled try',
    needs: 'presenter',
    actsOn: 'dashboard',
    input: z.object({ system: systemIdSchema }),
    output: nothing,
    errors: ['system-not-found'],
    http: {
      id: 'retryBroker',
      method: 'post',
      path: '/api/brokers/{system}/retry',
      success: { 204: 'The try has begun' },
    },
  },
} as const satisfies Record<string, Command>

/** Every command by its Socket.IO event name. */
export const COMMANDS = {
  ...presenceCommands,
  ...roomCommands,
  ...consumerCommands,
  ...steeringCommands,
} as const

export type CommandName = keyof typeof COMMANDS
export type CommandInput<C extends CommandName> = z.infer<(typeof COMMANDS)[C]['input']>
export type CommandOutput<C extends CommandName> = z.infer<(typeof COMMANDS)[C]['output']>

/** The commands that act on a room, on the dashboard, or on a socket's presence. */
export type CommandOn<Target extends Command['actsOn']> = {
  [C in CommandName]: (typeof COMMANDS)[C]['actsOn'] extends Target ? C : never
}[CommandName]

export const commandNames = Object.keys(COMMANDS) as CommandName[]

export const isCommandName = (name: unknown): name is CommandName =>
  typeof name === 'string' && Object.hasOwn(COMMANDS, name)

/** A command as documents and doors read it, whichever it is. */
export const commandNamed = (name: CommandName): Command => COMMANDS[name]

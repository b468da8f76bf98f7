import * as z from 'zod'
import { accessCommands } from './access-commands.ts'
import { browseCommands } from './browse-commands.ts'
import { type Command, route } from './command-definition.ts'
import {
  acceptedSchema,
  addConsumerSchema,
  addDestinationSchema,
  commandArgumentsSchema,
  consumerCommandSchema,
  eventsPageSchema,
  namedConsumerSchema,
  namedDestinationSchema,
  positionSchema,
  postMessageSchema,
  publishReplySchema,
  publishSchema,
  startLoadSchema,
  stopLoadSchema,
  updateConsumerSchema,
  updateDestinationSchema,
} from './command-schemas.ts'
import { roomEventSchema } from './events.ts'
import { faultCommands } from './fault-commands.ts'
import { foundDestinationsSchema } from './found-destinations.ts'
import { lessonCommands } from './lesson-commands.ts'
import { systemIdSchema } from './names.ts'
import { peopleCommands } from './people-commands.ts'
import { presenceCommands } from './presence-commands.ts'
import { consumerSchema, destinationSchema, loadStateSchema, roomSnapshotSchema } from './room.ts'
import { roomMakingCommands } from './room-making-commands.ts'
import { seatCommands } from './seat-commands.ts'
import { voteCommands } from './vote-commands.ts'

// The one table of commands: `lib/commands` dispatches through it, and OpenAPI and AsyncAPI are generated from it.

const BROKER_ERRORS = ['broker-refused', 'broker-down', 'broker-timeout'] as const
const ADD_ERRORS = ['system-not-found', 'name-taken', 'not-capable', 'too-many'] as const
const TARGET_ERRORS = ['system-not-found', 'destination-not-found'] as const
const TEXT_ERRORS = ['text-empty', 'text-too-long'] as const
const VERB_ERRORS = ['command-not-found', 'delivery-not-found', 'wrong-state', 'not-capable'] as const
const CONSUMER_ERRORS = ['consumer-not-found', 'ambiguous-name'] as const
const DESTINATION_ERRORS = ['destination-not-found', 'ambiguous-name'] as const

const nothing = z.object({})

const roomCommands = {
  'room:get': {
    summary: 'A room as it is now',
    needs: 'participant',
    actsOn: 'room',
    input: nothing,
    output: roomSnapshotSchema,
    errors: [],
    http: route('get', '/api/rooms/{room}', 'getRoom', { 200: 'The room' }),
  },
  'room:events': {
    summary: 'Events of a room, in order; begins with a `gap` where events are no longer kept',
    description: 'Over HTTP with `Accept: text/event-stream` it stays open; ids are `<epoch>:<seq>`.',
    needs: 'participant',
    actsOn: 'room',
    input: z.object({ since: positionSchema }),
    output: eventsPageSchema,
    errors: ['bad-request', 'too-many'],
    http: route(
      'get',
      '/api/rooms/{room}/events',
      'getEvents',
      { 200: 'One event a line, up to the last one kept; or live' },
      {
        parameters: ['since', 'epoch', 'lastEventId'],
        answer: roomEventSchema,
        mediaTypes: ['application/x-ndjson', 'text/event-stream'],
      },
    ),
  },
  'message:publish': {
    summary: 'Sends a message',
    description:
      'Over HTTP to one system. All events of the message come after the answer’s `seq`. A header `x-poison` makes every worker fail that processes the message, which takes a presenter.',
    needs: 'participant',
    needsForPoison: 'presenter',
    actsOn: 'room',
    input: publishSchema,
    output: publishReplySchema,
    errors: [...TEXT_ERRORS, ...TARGET_ERRORS, 'id-in-use', 'muted', 'broker-refused', 'broker-down'],
    http: route(
      'post',
      '/api/rooms/{room}/messages',
      'postMessage',
      { 202: 'Accepted and handed to the broker' },
      { body: postMessageSchema, answer: acceptedSchema },
    ),
  },
} as const satisfies Record<string, Command>

const consumerCommands = {
  'consumer:add': {
    summary: 'Attaches a consumer with a connection of its own',
    needs: 'presenter',
    actsOn: 'room',
    input: addConsumerSchema,
    output: consumerSchema,
    errors: [...BROKER_ERRORS, ...ADD_ERRORS, 'destination-not-found'],
    http: route(
      'post',
      '/api/rooms/{room}/consumers',
      'addConsumer',
      { 201: 'Attached: it misses nothing from now on' },
      { body: addConsumerSchema },
    ),
  },
  'consumer:update': {
    summary: "Changes a consumer's settings",
    needs: 'participant',
    ownOnly: true,
    actsOn: 'room',
    input: namedConsumerSchema.extend(updateConsumerSchema.shape),
    output: consumerSchema,
    errors: [...BROKER_ERRORS, ...CONSUMER_ERRORS, 'not-capable', 'wrong-state'],
    http: route(
      'patch',
      '/api/rooms/{room}/consumers/{consumer}',
      'updateConsumer',
      { 200: 'Changed' },
      { body: updateConsumerSchema },
    ),
  },
  'consumer:remove': {
    summary: 'A consumer leaves politely',
    needs: 'participant',
    ownOnly: true,
    actsOn: 'room',
    input: namedConsumerSchema,
    output: nothing,
    errors: CONSUMER_ERRORS,
    http: route('delete', '/api/rooms/{room}/consumers/{consumer}', 'removeConsumer', { 204: 'Gone' }),
  },
  'consumer:command': {
    summary: 'Pauses, resumes, crashes or starts a consumer; settles or skips a delivery; seeks',
    description:
      '`ack`, `requeue`, `reject` and `skip` need `delivery`; `seek` needs `seek`; the others need nothing. `start` while the broker is away answers with the state `attaching`: the consumer is attached once it can be.',
    needs: 'participant',
    ownOnly: true,
    actsOn: 'room',
    input: namedConsumerSchema.extend({ command: consumerCommandSchema, ...commandArgumentsSchema.shape }),
    output: consumerSchema,
    errors: [...BROKER_ERRORS, ...CONSUMER_ERRORS, ...VERB_ERRORS],
    http: route(
      'post',
      '/api/rooms/{room}/consumers/{consumer}/{command}',
      'commandConsumer',
      { 200: 'Done' },
      { body: commandArgumentsSchema.optional() },
    ),
  },
} as const satisfies Record<string, Command>

const steeringCommands = {
  'destination:add': {
    summary: 'Declares a destination',
    needs: 'presenter',
    actsOn: 'room',
    input: addDestinationSchema,
    output: destinationSchema,
    errors: [...BROKER_ERRORS, ...ADD_ERRORS],
    http: route(
      'post',
      '/api/rooms/{room}/destinations',
      'addDestination',
      { 201: 'Declared' },
      { body: addDestinationSchema },
    ),
  },
  'destination:update': {
    summary: "Changes a destination's settings, where its mode can be altered",
    needs: 'presenter',
    actsOn: 'room',
    input: namedDestinationSchema.extend(updateDestinationSchema.shape),
    output: destinationSchema,
    errors: [...BROKER_ERRORS, ...DESTINATION_ERRORS, 'not-capable', 'existed-before'],
    http: route(
      'patch',
      '/api/rooms/{room}/destinations/{destination}',
      'updateDestination',
      { 200: 'Changed' },
      { body: updateDestinationSchema },
    ),
  },
  'destination:declare': {
    summary: 'Declares a destination anew that somebody deleted on its broker',
    needs: 'presenter',
    actsOn: 'room',
    input: namedDestinationSchema,
    output: destinationSchema,
    errors: [...BROKER_ERRORS, ...DESTINATION_ERRORS],
    http: route('post', '/api/rooms/{room}/destinations/{destination}/declare', 'declareDestination', {
      200: 'Declared',
    }),
  },
  'destination:remove': {
    summary: 'Removes a destination and its consumers',
    needs: 'presenter',
    actsOn: 'room',
    input: namedDestinationSchema,
    output: nothing,
    errors: [...BROKER_ERRORS, ...DESTINATION_ERRORS, 'lobby-stays', 'wrong-state'],
    http: route('delete', '/api/rooms/{room}/destinations/{destination}', 'removeDestination', {
      204: 'Gone',
    }),
  },
  'destination:list': {
    summary: 'What is on a broker that could be added to a room, whoever made it',
    description:
      'Nothing is consumed or changed. Rooms of this dashboard and what brokers keep for themselves are left out.',
    needs: 'presenter',
    actsOn: 'dashboard',
    input: z.object({ system: systemIdSchema }),
    output: foundDestinationsSchema,
    errors: [...BROKER_ERRORS, 'system-not-found', 'not-capable'],
    http: route('get', '/api/brokers/{system}/destinations', 'listDestinations', {
      200: 'The first of them',
    }),
  },
  'load:start': {
    summary: 'Starts the load generator inside the server',
    needs: 'presenter',
    actsOn: 'room',
    input: startLoadSchema,
    output: loadStateSchema,
    errors: [...TARGET_ERRORS, 'load-running', 'broker-down'],
    http: route('post', '/api/rooms/{room}/load', 'startLoad', { 202: 'Running' }, { body: startLoadSchema }),
  },
  'load:stop': {
    summary: 'Stops the load generator',
    needs: 'presenter',
    actsOn: 'room',
    input: stopLoadSchema,
    output: nothing,
    errors: ['system-not-found'],
    http: route(
      'delete',
      '/api/rooms/{room}/load',
      'stopLoad',
      { 204: 'Stopped' },
      { parameters: ['system'] },
    ),
  },
  'broker:retry': {
    summary: 'Looks for a broker now instead of at the next scheduled try',
    needs: 'presenter',
    actsOn: 'dashboard',
    input: z.object({ system: systemIdSchema }),
    output: nothing,
    errors: ['system-not-found'],
    http: route('post', '/api/brokers/{system}/retry', 'retryBroker', { 204: 'The try has begun' }),
  },
} as const satisfies Record<string, Command>

/** Every command by its Socket.IO event name. */
export const COMMANDS = {
  ...accessCommands,
  ...presenceCommands,
  ...peopleCommands,
  ...roomMakingCommands,
  ...seatCommands,
  ...roomCommands,
  ...consumerCommands,
  ...steeringCommands,
  ...browseCommands,
  ...faultCommands,
  ...lessonCommands,
  ...voteCommands,
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

import { consumerCommandSchema } from './commands.ts'
import { type ComponentName, inlineSchema, type JsonObject, ref } from './components.ts'
import type { ErrorCode } from './errors.ts'
import { roomNameSchema, systemIdSchema } from './names.ts'

/** One method of one address of the HTTP API, as its description needs it. */
export interface Operation {
  id: string
  method: 'get' | 'put' | 'post' | 'patch' | 'delete'
  path: string
  summary: string
  description?: string
  query?: Array<keyof typeof PARAMETERS>
  body?: ComponentName
  success: Record<number, { description: string; schema?: ComponentName; content?: JsonObject }>
  errors: readonly ErrorCode[]
}

/** Parameters of paths, queries and headers, by the name they have in the description. */
export const PARAMETERS = {
  room: { name: 'room', in: 'path', required: true, schema: inlineSchema(roomNameSchema) },
  id: {
    name: 'id',
    in: 'path',
    required: true,
    description: '`<system>:<destination>`, for a consumer `<system>:<destination>:<consumer>`',
    schema: { type: 'string' },
  },
  command: { name: 'command', in: 'path', required: true, schema: inlineSchema(consumerCommandSchema) },
  system: {
    name: 'system',
    in: 'query',
    description: 'Every system when absent',
    schema: inlineSchema(systemIdSchema),
  },
  since: {
    name: 'since',
    in: 'query',
    description: 'Events after this number. Absent: all that are held; of a live stream, those from now on',
    schema: { type: 'integer', minimum: 0 },
  },
  epoch: {
    name: 'epoch',
    in: 'query',
    description: 'Whose `since` it is; the current one when absent',
    schema: { type: 'string', maxLength: 64 },
  },
  lastEventId: {
    name: 'Last-Event-ID',
    in: 'header',
    description: '`<epoch>:<seq>`; wins over `since`',
    schema: { type: 'string' },
  },
} as const satisfies Record<string, JsonObject>

const ROOM: readonly ErrorCode[] = ['room-not-found']
const BODY: readonly ErrorCode[] = ['bad-request', 'body-too-large', 'invalid']
const BROKER: readonly ErrorCode[] = ['broker-refused', 'broker-down', 'broker-timeout']

const rooms: Operation[] = [
  {
    id: 'getRoom',
    method: 'get',
    path: '/api/rooms/{room}',
    summary: 'A room as it is now',
    success: { 200: { description: 'The room', schema: 'RoomSnapshot' } },
    errors: ROOM,
  },
  {
    id: 'putRoom',
    method: 'put',
    path: '/api/rooms/{room}',
    summary: 'Creates a room',
    success: {
      200: { description: 'It existed', schema: 'RoomSnapshot' },
      201: { description: 'Created', schema: 'RoomSnapshot' },
    },
    errors: ['invalid', 'too-many'],
  },
  {
    id: 'deleteRoom',
    method: 'delete',
    path: '/api/rooms/{room}',
    summary: 'Closes a room and removes all that is its own from the brokers',
    success: { 204: { description: 'Gone' } },
    errors: [...ROOM, 'lobby-stays'],
  },
  {
    id: 'postMessage',
    method: 'post',
    path: '/api/rooms/{room}/messages',
    summary: 'Sends a message to one system',
    description: '`seq` is the last event before the message: `since` it lies its whole life.',
    body: 'PostMessage',
    success: { 202: { description: 'Accepted and handed to the broker', schema: 'Accepted' } },
    errors: [
      ...ROOM,
      ...BODY,
      'system-not-found',
      'destination-not-found',
      'text-empty',
      'text-too-long',
      'broker-refused',
      'broker-down',
    ],
  },
  {
    id: 'getEvents',
    method: 'get',
    path: '/api/rooms/{room}/events',
    summary: 'Events of a room, in order; what is no longer held begins with a `gap`',
    description: 'With `Accept: text/event-stream` it stays open; ids are `<epoch>:<seq>`.',
    query: ['since', 'epoch', 'lastEventId'],
    success: {
      200: {
        description: 'One event a line, up to the last one held; or live',
        content: {
          'application/x-ndjson': { schema: ref('RoomEvent') },
          'text/event-stream': { schema: ref('RoomEvent') },
        },
      },
    },
    errors: [...ROOM, 'bad-request', 'invalid'],
  },
]

const consumers: Operation[] = [
  {
    id: 'addConsumer',
    method: 'post',
    path: '/api/rooms/{room}/consumers',
    summary: 'Attaches a consumer with a connection of its own',
    body: 'AddConsumer',
    success: { 201: { description: 'Attached: it misses nothing from now on', schema: 'Consumer' } },
    errors: [
      ...ROOM,
      ...BODY,
      ...BROKER,
      'system-not-found',
      'destination-not-found',
      'name-taken',
      'not-capable',
      'too-many',
    ],
  },
  {
    id: 'updateConsumer',
    method: 'patch',
    path: '/api/rooms/{room}/consumers/{id}',
    summary: "Changes a consumer's settings",
    body: 'UpdateConsumer',
    success: { 200: { description: 'Changed', schema: 'Consumer' } },
    errors: [...ROOM, ...BODY, ...BROKER, 'consumer-not-found', 'not-capable', 'wrong-state'],
  },
  {
    id: 'removeConsumer',
    method: 'delete',
    path: '/api/rooms/{room}/consumers/{id}',
    summary: 'A consumer leaves politely',
    success: { 204: { description: 'Gone' } },
    errors: [...ROOM, 'consumer-not-found'],
  },
  {
    id: 'commandConsumer',
    method: 'post',
    path: '/api/rooms/{room}/consumers/{id}/{command}',
    summary: 'Pauses, resumes, crashes or starts a consumer; settles a delivery; seeks',
    description:
      'The body may be absent but for `ack`, `requeue`, `reject` (`delivery`) and `seek` (`seek`).',
    body: 'CommandArguments',
    success: { 200: { description: 'Done', schema: 'Consumer' } },
    errors: [
      ...ROOM,
      ...BODY,
      ...BROKER,
      'consumer-not-found',
      'command-not-found',
      'delivery-not-found',
      'wrong-state',
      'not-capable',
    ],
  },
]

const destinations: Operation[] = [
  {
    id: 'addDestination',
    method: 'post',
    path: '/api/rooms/{room}/destinations',
    summary: 'Declares a destination',
    body: 'AddDestination',
    success: { 201: { description: 'Declared', schema: 'Destination' } },
    errors: [...ROOM, ...BODY, ...BROKER, 'system-not-found', 'name-taken', 'not-capable', 'too-many'],
  },
  {
    id: 'updateDestination',
    method: 'patch',
    path: '/api/rooms/{room}/destinations/{id}',
    summary: "Changes a destination's settings, where its mode can be altered",
    body: 'UpdateDestination',
    success: { 200: { description: 'Changed', schema: 'Destination' } },
    errors: [...ROOM, ...BODY, ...BROKER, 'destination-not-found', 'not-capable'],
  },
  {
    id: 'removeDestination',
    method: 'delete',
    path: '/api/rooms/{room}/destinations/{id}',
    summary: 'Removes a destination and its consumers',
    success: { 204: { description: 'Gone' } },
    errors: [...ROOM, ...BROKER, 'destination-not-found', 'wrong-state'],
  },
  {
    id: 'startLoad',
    method: 'post',
    path: '/api/rooms/{room}/load',
    summary: 'Starts the load generator inside the server',
    body: 'StartLoad',
    success: { 202: { description: 'Running', schema: 'LoadState' } },
    errors: [...ROOM, ...BODY, 'system-not-found', 'destination-not-found', 'load-running', 'broker-down'],
  },
  {
    id: 'stopLoad',
    method: 'delete',
    path: '/api/rooms/{room}/load',
    summary: 'Stops the load generator',
    query: ['system'],
    success: { 204: { description: 'Stopped' } },
    errors: [...ROOM, 'invalid', 'system-not-found'],
  },
]

const document = (description: string): Operation['success'] => ({
  200: { description, content: { 'application/json': { schema: { type: 'object' } } } },
})

const service: Operation[] = [
  {
    id: 'getHealth',
    method: 'get',
    path: '/api/health',
    summary: 'Which brokers are up; 200 while the server lives',
    success: { 200: { description: 'The brokers', schema: 'Health' } },
    errors: [],
  },
  {
    id: 'getMetrics',
    method: 'get',
    path: '/api/metrics',
    summary: 'Metrics for Prometheus',
    success: { 200: { description: 'Metrics', content: { 'text/plain': { schema: { type: 'string' } } } } },
    errors: [],
  },
  {
    id: 'getOpenapi',
    method: 'get',
    path: '/api/openapi.json',
    summary: 'This description',
    success: document('OpenAPI 3.1'),
    errors: [],
  },
  {
    id: 'getAsyncapi',
    method: 'get',
    path: '/api/asyncapi.json',
    summary: 'The description of the Socket.IO side',
    success: document('AsyncAPI 3.0'),
    errors: [],
  },
]

/** The whole HTTP API. */
export const OPERATIONS: readonly Operation[] = [...rooms, ...consumers, ...destinations, ...service]

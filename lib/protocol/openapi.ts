import type { z } from 'zod'
import { browseFromSchema, browseLimitSchema } from './browse-commands.ts'
import type { Command, HttpForm } from './command-definition.ts'
import { consumerCommandSchema } from './command-schemas.ts'
import { type CommandName, commandNamed, commandNames } from './command-table.ts'
import {
  componentSchemas,
  inlineSchema,
  type Json,
  type JsonObject,
  lyingAt,
  ref,
  schemaObject,
} from './components.ts'
import { ERROR_STATUS, type ErrorCode, errorCodes } from './errors.ts'
import { roomNameSchema, systemIdSchema } from './names.ts'
import { PROBLEM_TITLES, problemType } from './problem.ts'
import { PROTOCOL_VERSION } from './socket.ts'
import { healthSchema } from './status.ts'

// Assembled here by hand: zod makes the schemas, and the generators kept for zod 4 need Node 22 and a second description of each route.

let document: JsonObject | undefined
/**
 * The HTTP API as OpenAPI 3.1, generated once from the table of commands and the schemas that parse it. Its server is the
 * base path of the dashboard, to which all paths are relative.
 */
export function openapi(basePath = ''): JsonObject {
  document ??= {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: {
      title: 'Switchboard',
      version: `${PROTOCOL_VERSION}.0.0`,
      description:
        'Rooms over three real message brokers. Errors are problem documents (RFC 9457) with a stable `code`. ' +
        'A consumer or destination may be named by its id or by its name. ' +
        'The live side over Socket.IO is described at /api/asyncapi.json.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths: paths(),
    components: {
      schemas: componentSchemas(),
      parameters: PARAMETERS,
      responses: problemResponses(),
      securitySchemes: SECURITY_SCHEMES,
    },
  }
  return { ...lyingAt(basePath, document), servers: [{ url: basePath || '/' }] }
}

/** Asked for only where other machines may come in. */
const SECURITY_SCHEMES = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The token that `POST /api/join` answers with; needed where the dashboard is shared',
  },
} as const satisfies Record<string, JsonObject>
const SECURITY: Json[] = [{}, { bearer: [] }]

const PARAMETERS = {
  room: { name: 'room', in: 'path', required: true, schema: inlineSchema(roomNameSchema) },
  consumer: {
    name: 'consumer',
    in: 'path',
    required: true,
    description: 'Its id, `<system>:<destination>:<consumer>`, or its name where only one consumer has it',
    schema: { type: 'string' },
  },
  destination: {
    name: 'destination',
    in: 'path',
    required: true,
    description: 'Its id, `<system>:<destination>`, or its name where only one destination has it',
    schema: { type: 'string' },
  },
  person: {
    name: 'person',
    in: 'path',
    required: true,
    description: 'The id of a person who is in the room',
    schema: { type: 'string' },
  },
  command: { name: 'command', in: 'path', required: true, schema: inlineSchema(consumerCommandSchema) },
  systemInPath: { name: 'system', in: 'path', required: true, schema: inlineSchema(systemIdSchema) },
  system: {
    name: 'system',
    in: 'query',
    description: 'Every system when absent',
    schema: inlineSchema(systemIdSchema),
  },
  since: {
    name: 'since',
    in: 'query',
    description: 'Events after this number. Absent: all that are kept; of a live stream, those from now on',
    schema: { type: 'integer', minimum: 0 },
  },
  epoch: {
    name: 'epoch',
    in: 'query',
    description: 'The epoch that `since` belongs to; the current one when absent',
    schema: { type: 'string', maxLength: 64 },
  },
  lastEventId: {
    name: 'Last-Event-ID',
    in: 'header',
    description: '`<epoch>:<seq>`; wins over `since`',
    schema: { type: 'string' },
  },
  from: {
    name: 'from',
    in: 'query',
    description: '`oldest`, `newest`, or the `older` or `newer` of another page',
    schema: inlineSchema(browseFromSchema),
  },
  limit: { name: 'limit', in: 'query', schema: inlineSchema(browseLimitSchema) },
} as const satisfies Record<string, JsonObject>

const parameterRef = (name: keyof typeof PARAMETERS): JsonObject => ({
  $ref: `#/components/parameters/${name}`,
})

/** Any request can meet these. */
const REQUEST_ERRORS: readonly ErrorCode[] = ['forbidden-host', 'forbidden-origin', 'internal']
/** Commands that need a role can meet these, where tokens are asked for. */
const ACCESS_ERRORS: readonly ErrorCode[] = [
  'token-needed',
  'forbidden-role',
  'forbidden-room',
  'person-removed',
]
const BODY_ERRORS: readonly ErrorCode[] = ['bad-request', 'body-too-large']

/** What the server says about itself: not commands, and not limited in number. */
const SERVICE = [
  { id: 'getHealth', path: '/api/health', summary: 'Which brokers are up; 200 while the server lives' },
  { id: 'getMetrics', path: '/api/metrics', summary: 'Metrics for Prometheus' },
  { id: 'getOpenapi', path: '/api/openapi.json', summary: 'This description, OpenAPI 3.1' },
  { id: 'getAsyncapi', path: '/api/asyncapi.json', summary: 'The Socket.IO side, AsyncAPI 3.0' },
] as const

const SERVICE_CONTENT: Record<(typeof SERVICE)[number]['id'], JsonObject> = {
  getHealth: json(healthSchema),
  getMetrics: { 'text/plain': { schema: { type: 'string' } } },
  getOpenapi: { 'application/json': { schema: { type: 'object' } } },
  getAsyncapi: { 'application/json': { schema: { type: 'object' } } },
}

function paths(): JsonObject {
  const found: { [path: string]: JsonObject } = {}
  for (const name of commandNames) {
    const command = commandNamed(name)
    const { http } = command
    if (http === null) continue
    const item = found[http.path] ?? { parameters: pathParameters(http.path) }
    item[http.method] = operation(name, command, http)
    found[http.path] = item
  }
  for (const { id, path, summary } of SERVICE) {
    const success = { 200: { description: summary, content: SERVICE_CONTENT[id] } }
    const responses = { ...success, ...failures(REQUEST_ERRORS) }
    found[path] = { parameters: [], get: { operationId: id, summary, responses } }
  }
  return found
}

function pathParameters(path: string): Json[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
  const known = Object.entries(PARAMETERS) as Array<[keyof typeof PARAMETERS, JsonObject]>
  return names.flatMap((name) =>
    known.filter(([, one]) => one.in === 'path' && one.name === name).map(([key]) => parameterRef(key)),
  )
}

function operation(name: CommandName, command: Command, http: HttpForm): JsonObject {
  const { summary, description, needs, ownOnly } = command
  const { body } = http
  const isOptional = body?.safeParse(undefined).success ?? false
  return {
    operationId: http.id,
    summary,
    ...(description === undefined ? {} : { description }),
    'x-command': name,
    'x-needs': needs,
    ...(ownOnly ? { 'x-own-only': true } : {}),
    ...(needs === 'anyone' ? {} : { security: SECURITY }),
    ...(http.parameters ? { parameters: http.parameters.map(parameterRef) } : {}),
    ...(body ? { requestBody: { required: !isOptional, content: json(body) } } : {}),
    responses: { ...successes(command, http), ...failures(errorsOf(command, http)) },
  }
}

function errorsOf({ errors, actsOn, needs, ownOnly }: Command, { body }: HttpForm): ErrorCode[] {
  const all: ErrorCode[] = [
    ...(actsOn === 'room' ? (['room-not-found'] as const) : []),
    ...(body ? BODY_ERRORS : []),
    ...errors,
    ...(needs === 'anyone' ? [] : ACCESS_ERRORS),
    ...(ownOnly ? (['not-yours'] as const) : []),
    'invalid',
    'rate-limited',
    ...REQUEST_ERRORS,
  ]
  return [...new Set(all)]
}

function json(schema: z.ZodType): JsonObject {
  return { 'application/json': { schema: schemaObject(schema) } }
}

function successes({ output }: Command, { success, answer = output, mediaTypes }: HttpForm): JsonObject {
  const content = mediaTypes
    ? Object.fromEntries(mediaTypes.map((type) => [type, { schema: schemaObject(answer) }]))
    : json(answer)
  return Object.fromEntries(
    Object.entries(success).map(([status, description]): [string, JsonObject] => [
      status,
      status === '204' ? { description } : { description, content },
    ]),
  )
}

/** Several codes may share a status; `code` tells them apart, and each has an example. */
function failures(codes: readonly ErrorCode[]): JsonObject {
  const found: { [status: string]: Json } = {}
  for (const code of codes) {
    const alike = codes.filter((other) => ERROR_STATUS[other] === ERROR_STATUS[code])
    found[ERROR_STATUS[code]] =
      alike.length === 1 ? { $ref: `#/components/responses/${code}` } : sharedResponse(alike)
  }
  return found
}

function sharedResponse(codes: ErrorCode[]): JsonObject {
  const examples = Object.fromEntries(codes.map((code) => [code, { value: example(code) }]))
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEM_TITLES[code]}`).join('. '),
    content: { 'application/problem+json': { schema: ref('Problem'), examples } },
  }
}

function problemResponses(): JsonObject {
  return Object.fromEntries(
    errorCodes.map((code) => [
      code,
      {
        description: PROBLEM_TITLES[code],
        content: {
          'application/problem+json': {
            schema: { allOf: [ref('Problem'), { properties: { code: { const: code } } }] },
            example: example(code),
          },
        },
        ...(ERROR_STATUS[code] === 503 || ERROR_STATUS[code] === 429
          ? { headers: { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' } } } }
          : {}),
      },
    ]),
  )
}

const example = (code: ErrorCode): JsonObject => ({
  type: problemType(code),
  title: PROBLEM_TITLES[code],
  status: ERROR_STATUS[code],
  detail: PROBLEM_TITLES[code],
  instance: '/api/rooms/lobby',
  code,
})

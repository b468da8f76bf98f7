import { type ComponentName, componentSchemas, type Json, type JsonObject, ref } from './components.ts'
import { ERROR_STATUS, type ErrorCode, errorCodes } from './errors.ts'
import { OPERATIONS, type Operation, PARAMETERS } from './operations.ts'
import { PROBLEM_TITLES, problemType } from './problems.ts'
import { PROTOCOL_VERSION } from './socket.ts'

/** Any request can meet these. */
const EVERYWHERE: readonly ErrorCode[] = ['forbidden-host', 'forbidden-origin', 'internal']

let document: JsonObject | undefined
/** The HTTP API as OpenAPI 3.1, generated once from the schemas that parse it. */
export function openapi(): JsonObject {
  document ??= {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: {
      title: 'Switchboard',
      version: `${PROTOCOL_VERSION}.0.0`,
      description:
        'Rooms over three real message brokers. Errors are problem documents (RFC 9457) with a stable `code`. ' +
        'The live side over Socket.IO is described at /api/asyncapi.json.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths: paths(),
    components: { schemas: componentSchemas(), parameters: PARAMETERS, responses: responses() },
  }
  return document
}

function paths(): JsonObject {
  const found: { [path: string]: JsonObject } = {}
  for (const operation of OPERATIONS) {
    const item = found[operation.path] ?? { parameters: pathParameters(operation.path) }
    item[operation.method] = operationObject(operation)
    found[operation.path] = item
  }
  return found
}

const pathParameters = (path: string): Json[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ $ref: `#/components/parameters/${name}` }))

function operationObject({ id, summary, description, query, body, success, errors }: Operation): JsonObject {
  return {
    operationId: id,
    summary,
    ...(description === undefined ? {} : { description }),
    ...(query ? { parameters: query.map((name) => ({ $ref: `#/components/parameters/${name}` })) } : {}),
    ...(body ? { requestBody: { required: true, content: jsonContent(body) } } : {}),
    responses: { ...successes(success), ...failures([...errors, ...EVERYWHERE]) },
  }
}

const jsonContent = (name: ComponentName): JsonObject => ({ 'application/json': { schema: ref(name) } })

function successes(success: Operation['success']): JsonObject {
  return Object.fromEntries(
    Object.entries(success).map(([status, { description, schema, content }]) => [
      status,
      { description, ...(schema ? { content: jsonContent(schema) } : content ? { content } : {}) },
    ]),
  )
}

/** Several codes may share a status: they are then told apart by `code`, and each has an example. */
function failures(codes: readonly ErrorCode[]): JsonObject {
  const found: { [status: string]: Json } = {}
  for (const code of codes) {
    const alike = codes.filter((other) => ERROR_STATUS[other] === ERROR_STATUS[code])
    found[ERROR_STATUS[code]] =
      alike.length === 1 ? { $ref: `#/components/responses/${code}` } : several(alike)
  }
  return found
}

function several(codes: ErrorCode[]): JsonObject {
  const examples = Object.fromEntries(codes.map((code) => [code, { value: example(code) }]))
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEM_TITLES[code]}`).join('. '),
    content: { 'application/problem+json': { schema: ref('Problem'), examples } },
  }
}

function responses(): JsonObject {
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

import type { z } from 'zod'
import { COMMANDS, type CommandName, commandNames } from './command-table.ts'
import { componentSchemas, type Json, type JsonObject, lyingAt, nameOf, pointer, ref } from './components.ts'
import { PROTOCOL_VERSION, SERVER_EVENTS, type ServerEventName } from './socket.ts'

type Named = Record<string, z.ZodType>

let document: JsonObject | undefined
/** The Socket.IO side as AsyncAPI 3.0, generated once from the table of commands; the application is the server. */
export function asyncapi(basePath = ''): JsonObject {
  document ??= {
    asyncapi: '3.0.0',
    info: {
      title: 'Switchboard, live',
      version: `${PROTOCOL_VERSION}.0.0`,
      description:
        `Socket.IO. The handshake's \`auth\` holds \`{version: ${PROTOCOL_VERSION}}\`. A channel is a Socket.IO event name; a ` +
        'command is acknowledged with `{ok: true, value}` or a failure. The HTTP side is described at /api/openapi.json.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    servers: {
      dashboard: {
        host: '127.0.0.1:3000',
        pathname: '/socket.io/',
        protocol: 'ws',
        description: 'Where the dashboard was started',
      },
    },
    channels: { ...each(commandNames, commandChannel), ...each(events, eventChannel) },
    operations: { ...each(commandNames, commandOperation), ...each(events, eventOperation) },
    components: { schemas: componentSchemas(schemasOf()) },
  }
  return lyingAt(basePath, document)
}

const events = Object.keys(SERVER_EVENTS) as ServerEventName[]

/** Socket.IO's event names hold a colon, which ids in the document may not. */
const idOf = (name: string): string => name.replaceAll(':', '-')

const each = <N extends string>(names: readonly N[], make: (name: N) => Json): JsonObject =>
  Object.fromEntries(names.map((name) => [idOf(name), make(name)]))

const channelRef = (name: string): JsonObject => ({ $ref: `#/channels/${idOf(name)}` })
const messageRef = (name: string, message: string): JsonObject => ({
  $ref: `#/channels/${idOf(name)}/messages/${message}`,
})
const schemaRef = (schema: z.ZodType, name: string): JsonObject => ({ $ref: pointer(nameOf(schema, name)) })

const titled = (name: string): string =>
  name
    .split(/[:-]/)
    .map((part) => `${part.charAt(0).toUpperCase()}${part.slice(1)}`)
    .join('')

const inputName = (name: string): string => `${titled(name)}Input`
const valueName = (name: string): string => `${titled(name)}Value`
const payloadName = (name: string): string => `${titled(name)}Payload`

/** Inputs and outputs of commands, and payloads of events, by name. */
function schemasOf(): Named {
  const named: Named = {}
  for (const name of commandNames) {
    named[inputName(name)] = COMMANDS[name].input
    named[valueName(name)] = COMMANDS[name].output
  }
  for (const name of events) named[payloadName(name)] = SERVER_EVENTS[name]
  return named
}

const commandChannel = (name: CommandName): JsonObject => ({
  address: name,
  messages: {
    input: { name, payload: schemaRef(COMMANDS[name].input, inputName(name)) },
    ok: {
      name: `${name} acknowledged`,
      payload: {
        type: 'object',
        required: ['ok', 'value'],
        properties: { ok: { const: true }, value: schemaRef(COMMANDS[name].output, valueName(name)) },
      },
    },
    failed: { name: `${name} failed`, payload: ref('Failure') },
  },
})

const commandOperation = (name: CommandName): JsonObject => ({
  action: 'receive',
  summary: COMMANDS[name].summary,
  channel: channelRef(name),
  'x-needs': COMMANDS[name].needs,
  messages: [messageRef(name, 'input')],
  reply: { channel: channelRef(name), messages: [messageRef(name, 'ok'), messageRef(name, 'failed')] },
})

const eventChannel = (name: ServerEventName): JsonObject => ({
  address: name,
  messages: { payload: { name, payload: schemaRef(SERVER_EVENTS[name], payloadName(name)) } },
})

const eventOperation = (name: ServerEventName): JsonObject => ({
  action: 'send',
  channel: channelRef(name),
  messages: [messageRef(name, 'payload')],
})

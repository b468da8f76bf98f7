import type { z } from 'zod'
import { componentSchemas, type Json, type JsonObject, nameOf, pointer, ref } from './components.ts'
import { COMMANDS, PROTOCOL_VERSION, SERVER_EVENTS } from './socket.ts'

type Named = Record<string, z.ZodType>

let document: JsonObject | undefined
/** The Socket.IO side as AsyncAPI 3.0, generated once from the schemas that parse it; the application is the server. */
export function asyncapi(): JsonObject {
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
    channels: { ...each(commands, commandChannel), ...each(events, eventChannel) },
    operations: { ...each(commands, commandOperation), ...each(events, eventOperation) },
    components: { schemas: componentSchemas(schemasOf()) },
  }
  return document
}

const commands = Object.keys(COMMANDS) as Array<keyof typeof COMMANDS>
const events = Object.keys(SERVER_EVENTS) as Array<keyof typeof SERVER_EVENTS>

/** Socket.IO's names hold a colon, ids of a document don't. */
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

/** What commands take and give, and what events hold, by name. */
function schemasOf(): Named {
  const named: Named = {}
  for (const name of commands) {
    named[inputName(name)] = COMMANDS[name].input
    named[valueName(name)] = COMMANDS[name].output
  }
  for (const name of events) named[payloadName(name)] = SERVER_EVENTS[name]
  return named
}

const commandChannel = (name: keyof typeof COMMANDS): JsonObject => ({
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

const commandOperation = (name: keyof typeof COMMANDS): JsonObject => ({
  action: 'receive',
  channel: channelRef(name),
  messages: [messageRef(name, 'input')],
  reply: { channel: channelRef(name), messages: [messageRef(name, 'ok'), messageRef(name, 'failed')] },
})

const eventChannel = (name: keyof typeof SERVER_EVENTS): JsonObject => ({
  address: name,
  messages: { payload: { name, payload: schemaRef(SERVER_EVENTS[name], payloadName(name)) } },
})

const eventOperation = (name: keyof typeof SERVER_EVENTS): JsonObject => ({
  action: 'send',
  channel: channelRef(name),
  messages: [messageRef(name, 'payload')],
})

import { tokenCookie } from '#lib/access/credentials.ts'
import { browseSchema } from '#lib/protocol/browse-commands.ts'
import { consumerCommandSchema, postMessageSchema } from '#lib/protocol/command-schemas.ts'
import {
  type CommandInput,
  type CommandName,
  type CommandOutput,
  commandNamed,
} from '#lib/protocol/command-table.ts'
import { AppError, type Failure } from '#lib/protocol/errors.ts'
import { parseInput } from '#lib/protocol/parse.ts'
import { getRuntime } from '#lib/runtime.ts'
import { answerEvents } from './events.ts'
import { isSecure } from './http-actors.ts'
import { readJson } from './request-body.ts'
import { json, noContent, problem, type RequestedPlace } from './responses.ts'

/** A request whose address is one of the API's. */
export interface ApiRequest {
  request: Request
  place: RequestedPlace
  searchParams: URLSearchParams
  /** The `{names}` of the path. */
  params: Record<string, string>
}

/** Where HTTP's form of a command is not simply its input and its output. */
type Translations = {
  [C in CommandName]?: {
    input?: (body: unknown, params: Record<string, string>) => CommandInput<C>
    answer?: (output: CommandOutput<C>, asked: ApiRequest, input: unknown) => Response
  }
}

const TRANSLATIONS: Translations = {
  'room:create': {
    input: (body, { room = '' }) => ({ ...asObject(body ?? {}), room }),
    answer: ({ snapshot, created }) => json(created ? 201 : 200, snapshot),
  },
  'message:publish': {
    input: (body) => {
      const { system, destination, ...message } = parseInput(postMessageSchema, body)
      return { ...message, to: [{ system, destination }] }
    },
    answer: ({ outcomes, ...accepted }, { place }) => {
      const failed = Object.values(outcomes).find((outcome) => !outcome.ok)
      return failed?.ok === false ? problem(failed, place) : json(202, accepted)
    },
  },
  'consumer:command': {
    input: (body, { consumer = '', command }) => {
      const known = consumerCommandSchema.safeParse(command)
      if (!known.success) {
        const all = consumerCommandSchema.options.join(', ')
        throw new AppError('command-not-found', `the commands of a consumer are ${all}`)
      }
      return { ...asObject(body ?? {}), consumer, command: known.data }
    },
  },
  'destination:browse': {
    input: (query, { destination = '' }) => {
      const { limit, ...asked } = asObject(query)
      const number = limit === undefined ? {} : { limit: limit === '' ? Number.NaN : Number(limit) }
      return parseInput(browseSchema, { ...asked, ...number, destination })
    },
  },
  'access:join': {
    // A program that asked for the token gets it; a browser gets it where no script can read it.
    answer: ({ token, ...joined }, { request, place: { basePath } }, input) => {
      if (token === undefined || asObject(input).bearer === true) return json(200, { ...joined, token })
      const { expiresAt = 0 } = joined
      const cookie = tokenCookie({ token, expiresAt, secure: isSecure(request), basePath })
      return json(200, joined, { 'set-cookie': cookie })
    },
  },
  'consumer:add': { answer: (consumer, asked) => created(consumer, asked) },
  'destination:add': { answer: (destination, asked) => created(destination, asked) },
}

/**
 * Runs a command of the table for an HTTP request. Never rejects with an AppError of the command's: that is a problem
 * document.
 */
export async function runCommand(name: CommandName, asked: ApiRequest): Promise<Response> {
  const { request, place, searchParams, params } = asked
  const { http, actsOn } = commandNamed(name)
  const { commands, actorOf } = getRuntime()
  const actor = actorOf(request, params.room)
  if (name === 'room:events') {
    try {
      const { room, grant } = await commands.admit(actor, name)
      return await answerEvents(room, grant, request)
    } catch (error) {
      return problem(commands.failureOf(error, actor, name), place)
    }
  }
  const { room: _room, ...named } = params
  const inPath = actsOn === 'room' ? named : params
  const translation = translationOf(name)
  let input: unknown
  const reply = await commands.run(actor, name, async () => {
    const body = http?.body
      ? await readJson(request, { optional: http.body.safeParse(undefined).success })
      : Object.fromEntries(searchParams)
    input = translation?.input?.(body, inPath) ?? mergeInput(body, inPath)
    return input
  })
  if (!reply.ok) return problem(reply, place, challengeOf(reply))
  if (translation?.answer) return translation.answer(reply.value, asked, input)
  const [status] = Object.keys(http?.success ?? {}).map(Number)
  return status === undefined || status === 204 ? noContent() : json(status, reply.value)
}

/** What is not an object is left to the command's schema, which refuses it. */
const mergeInput = (body: unknown, inPath: Record<string, string>): unknown =>
  isObject(body) ? { ...body, ...inPath } : body

function asObject(body: unknown): Record<string, unknown> {
  if (isObject(body)) return body
  throw new AppError('invalid', 'the body is not an object')
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What HTTP says beside a refusal for want of a token. */
const challengeOf = ({ code }: Failure): Record<string, string> =>
  code === 'token-needed' ? { 'www-authenticate': 'Bearer' } : {}

const created = (made: { id: string }, { place: { basePath, path } }: ApiRequest): Response =>
  json(201, made, { location: `${basePath}${path}/${encodeURIComponent(made.id)}` })

/** The table pairs each command with its own input and output; the type of an access by name loses that. */
const translationOf = (name: CommandName) =>
  TRANSLATIONS[name] as
    | {
        input?: (body: unknown, params: Record<string, string>) => unknown
        answer?: (output: unknown, asked: ApiRequest, input: unknown) => Response
      }
    | undefined

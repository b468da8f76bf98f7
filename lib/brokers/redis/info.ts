import { z } from 'zod'

/** XINFO answers a flat list of names and values. */
const flat = z.array(z.unknown()).transform((list) => {
  const pairs: Array<[string, unknown]> = []
  for (let index = 0; index + 1 < list.length; index += 2) pairs.push([String(list[index]), list[index + 1]])
  return Object.fromEntries(pairs)
})

const groupsSchema = z.array(
  flat.pipe(z.object({ name: z.string(), pending: z.number(), lag: z.number().nullable().default(null) })),
)
/** XINFO GROUPS. `lag` is null before Redis 7, and where Redis cannot tell it. */
export const readGroups = (reply: unknown) => groupsSchema.parse(reply)

const consumersSchema = z.array(
  flat.pipe(z.object({ name: z.string(), pending: z.number(), idle: z.number() })),
)
/** XINFO CONSUMERS. */
export const readConsumers = (reply: unknown) => consumersSchema.parse(reply)

const streamSchema = flat.pipe(
  z.object({
    length: z.number(),
    'last-generated-id': z.string(),
    'entries-added': z.number().nullable().default(null),
  }),
)

/** A stream's figures: how many entries it has, how many it ever had, and the newest one's id. */
export interface StreamInfo {
  length: number
  /** Null before Redis 7. */
  added: number | null
  lastId: string
}

/** XINFO STREAM. */
export function readStreamInfo(reply: unknown): StreamInfo {
  const info = streamSchema.parse(reply)
  return { length: info.length, added: info['entries-added'], lastId: info['last-generated-id'] }
}

/** XINFO STREAM of a key that is not there. */
export const NO_STREAM: StreamInfo = { length: 0, added: 0, lastId: '0-0' }

const NO_SUCH_KEY = /no such key/
/** The answer of one command in a pipeline. Throws its error, but for a key that is not there: null then. */
export function answer(replies: ReadonlyArray<[Error | null, unknown]> | null, index: number): unknown {
  const [error, reply] = replies?.[index] ?? [new Error('there was no answer'), null]
  if (error && NO_SUCH_KEY.test(error.message)) return null
  if (error) throw error
  return reply
}

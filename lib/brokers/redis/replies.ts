import * as z from 'zod'

/* What Redis answers, parsed where it enters. All throw on a reply that is not of the expected shape. */

/** XINFO answers a flat list of names and values. */
const flat = z.array(z.unknown()).transform((list) => {
  const pairs: Array<[string, unknown]> = []
  for (let index = 0; index + 1 < list.length; index += 2) pairs.push([String(list[index]), list[index + 1]])
  return Object.fromEntries(pairs)
})

const groupsSchema = z.array(
  flat.pipe(
    z
      .object({
        name: z.string(),
        pending: z.number(),
        lag: z.number().nullable().default(null),
        'last-delivered-id': z.string(),
        'entries-read': z.number().nullable().default(null),
      })
      .transform(({ 'last-delivered-id': lastId, 'entries-read': read, ...group }) => ({
        ...group,
        lastId,
        read,
      })),
  ),
)
/** XINFO GROUPS. `lag`, and `read`, how many entries the group was delivered, are null before Redis 7, and where Redis does not know them. */
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
    'max-deleted-entry-id': z.string().default('0-0'),
    'first-entry': z.tuple([z.string()], z.unknown()).nullable(),
    'last-entry': z.tuple([z.string()], z.unknown()).nullable(),
  }),
)

/** How many entries a stream has, how many it ever had, the id given out last, and those of the entries that are kept. */
export interface StreamInfo {
  length: number
  /** Null before Redis 7. */
  added: number | null
  lastId: string
  /** Null of an empty stream. */
  firstId: string | null
  /** The newest one's that is kept; null of an empty stream. */
  newestId: string | null
  /** An entry was deleted by XDEL; false before Redis 7. */
  hasDeletions: boolean
}

/** XINFO STREAM. */
export function readStreamInfo(reply: unknown): StreamInfo {
  const { length, ...info } = streamSchema.parse(reply)
  const firstId = info['first-entry']?.[0] ?? null
  const hasDeletions = info['max-deleted-entry-id'] !== '0-0'
  const newestId = info['last-entry']?.[0] ?? null
  const { 'entries-added': added, 'last-generated-id': lastId } = info
  return { length, added, lastId, firstId, newestId, hasDeletions }
}

/** XINFO STREAM of a key that does not exist. */
export const NO_STREAM: StreamInfo = {
  length: 0,
  added: 0,
  lastId: '0-0',
  firstId: null,
  newestId: null,
  hasDeletions: false,
}

/** Whether one entry's id is less than another's. */
export function isBefore(id: string, other: string): boolean {
  const [ms = 0n, sequence = 0n] = id.split('-').map(BigInt)
  const [otherMs = 0n, otherSequence = 0n] = other.split('-').map(BigInt)
  return ms < otherMs || (ms === otherMs && sequence < otherSequence)
}

/** One entry of a group's pending list. */
export interface Pending {
  id: string
  consumer: string
  idleMs: number
  /** How often it was delivered. */
  count: number
}

const pendingSchema = z.array(z.tuple([z.string(), z.string(), z.coerce.number(), z.coerce.number()]))
/** XPENDING with a range. */
export const readPending = (reply: unknown): Pending[] =>
  pendingSchema.parse(reply).map(([id, consumer, idleMs, count]) => ({ id, consumer, idleMs, count }))

/** One entry of a stream; `fields` is null where it was deleted while still pending. */
export interface Entry {
  id: string
  fields: Buffer[] | null
}

type RawEntry = [id: Buffer, fields: Buffer[] | null]

const areBuffers = (value: unknown): value is Buffer[] => Array.isArray(value) && value.every(Buffer.isBuffer)
const isEntry = (value: unknown): value is RawEntry =>
  Array.isArray(value) &&
  value.length === 2 &&
  Buffer.isBuffer(value[0]) &&
  (value[1] === null || areBuffers(value[1]))
const areEntries = (value: unknown): value is Array<RawEntry | null> =>
  Array.isArray(value) && value.every((entry) => entry === null || isEntry(entry))
/** Checked in place, not copied: tens of thousands of entries a second come through here. */
const entriesSchema = z.custom<Array<RawEntry | null>>(areEntries, 'not entries of a stream')
/** RESP3, which the client library speaks where Redis does, answers a map: name, entries; RESP2 a list of such pairs. */
const pairSchema = z.tuple([z.instanceof(Buffer), entriesSchema])
const streamsSchema = z.union([pairSchema, z.tuple([pairSchema]).transform(([pair]) => pair)]).nullable()

const asEntries = (raw: Array<RawEntry | null>): Entry[] =>
  raw.flatMap((entry) => (entry === null ? [] : [{ id: entry[0].toString(), fields: entry[1] }]))

/** XCLAIM and XRANGE. */
export const readEntries = (reply: unknown): Entry[] => asEntries(entriesSchema.parse(reply))

const elementsSchema = z.custom<Buffer[]>(areBuffers, 'not elements of a list')
/** LRANGE. */
export const readElements = (reply: unknown): Buffer[] => elementsSchema.parse(reply)

/** XREAD and XREADGROUP of one stream; empty when the wait ended without an entry. */
export function readStream(reply: unknown): Entry[] {
  const stream = streamsSchema.parse(reply)
  return stream === null ? [] : asEntries(stream[1])
}

const NO_SUCH_KEY = /no such key/
/** The answer of one command in a pipeline; null for a key that does not exist. Throws the command's error. */
export function answer(replies: ReadonlyArray<[Error | null, unknown]> | null, index: number): unknown {
  const [error, reply] = replies?.[index] ?? [new Error('there was no answer'), null]
  if (error && NO_SUCH_KEY.test(error.message)) return null
  if (error) throw error
  return reply
}

import * as z from 'zod'

/**
 * One thing that rode beside a message's body, exactly as the wire carried it. A list or table is one field with its number of
 * `items`, followed by a field for each of them, whose `path` says where it stands.
 */
export const metadataFieldSchema = z.object({
  /** `headers`: written by the sender, or by the broker among the sender's. `properties`: the protocol's own fields. */
  in: z.enum(['headers', 'properties']),
  name: z.string(),
  /** Present when the name is not valid UTF-8: `name` is then a readable rendering. */
  nameBytes: z.base64().optional(),
  omittedNameBytes: z.number().int().optional(),
  path: z.array(z.union([z.string(), z.number().int()])).optional(),
  /** The wire's own type: `string`, `bytes`, `null`, `int64`, `timestamp`, `table` … */
  type: z.string(),
  /** The value as exact text; numbers as digits. Absent for null, for lists and tables, and where `bytes` has it. */
  text: z.string().optional(),
  /** The value where it is not text. */
  bytes: z.base64().optional(),
  /** Present when the value was longer than an event may carry: how many bytes at its end are left out here. */
  omittedBytes: z.number().int().optional(),
  items: z.number().int().optional(),
  /** What a time means as Unix time in milliseconds. */
  time: z.number().optional(),
})
export type MetadataField = z.infer<typeof metadataFieldSchema>

/** What rode beside a message's body, as an event carries it. */
export const metadataShape = {
  /** Headers that are whole short texts, each with a name of its own. */
  headers: z.record(z.string(), z.string()).optional(),
  /** All else of an outside message: the protocol's properties, then other headers in the order of the wire. */
  fields: z.array(metadataFieldSchema).optional(),
  /** Fields beyond the limits of an event, which are left out here. */
  omittedFields: z.number().int().optional(),
}
export const metadataSchema = z.object(metadataShape)
export type Metadata = z.infer<typeof metadataSchema>

/** About how many characters fields take in an event, without serializing them. */
export function fieldsChars(fields: readonly MetadataField[]): number {
  let chars = 0
  for (const { name, text, bytes } of fields) {
    chars += FIELD_CHARS + name.length + (text?.length ?? 0) + (bytes?.length ?? 0)
  }
  return chars
}

/** The same for all that rode beside a body. */
export function metadataChars({ headers, fields }: ReadMetadata): number {
  let chars = fields ? fieldsChars(fields) : 0
  for (const name in headers) chars += name.length + (headers[name]?.length ?? 0)
  return chars
}

interface ReadMetadata {
  readonly headers?: Readonly<Record<string, string>> | null
  readonly fields?: readonly MetadataField[] | null
}

/** The names of a field's own properties, with quotes and commas. */
const FIELD_CHARS = 64

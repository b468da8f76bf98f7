import * as z from 'zod'
import { addressSchema } from './address.ts'
import { type Command, route } from './command-definition.ts'
import { namedDestinationSchema } from './command-schemas.ts'
import { contentSchema } from './events.ts'
import { BROWSE_PAGE_MAX_MESSAGES, BROWSE_PAGE_MESSAGES, BROWSE_POSITION_MAX_CHARS } from './limits.ts'

/** Where a page begins, or, with `newest` and an `older` position, ends. */
export const browseFromSchema = z
  .string()
  .max(BROWSE_POSITION_MAX_CHARS)
  .regex(/^(oldest|newest|(after|before):[0-9.,-]+)$/, 'oldest, newest, or the `older` or `newer` of a page')
  .default('oldest')

export const browseLimitSchema = z
  .number()
  .int()
  .min(1)
  .max(BROWSE_PAGE_MAX_MESSAGES)
  .default(BROWSE_PAGE_MESSAGES)

/**
 * A message that a destination keeps, as its broker has it. `number` and `messageId` where the room knows the message;
 * `outside` where it is not the room's own.
 */
export const keptMessageSchema = contentSchema
  .pick({
    text: true,
    bytes: true,
    omittedBytes: true,
    unreadable: true,
    nullBody: true,
    encoding: true,
    sender: true,
    key: true,
    keyBytes: true,
    omittedKeyBytes: true,
    headers: true,
    fields: true,
    omittedFields: true,
    outside: true,
    bearsIdOf: true,
  })
  .extend({
    address: addressSchema,
    /** When it was written, Unix time in milliseconds, where the broker has that. */
    writtenAt: z.number().optional(),
    number: z.number().int().optional(),
    messageId: z.string().optional(),
  })
export type KeptMessage = z.infer<typeof keptMessageSchema>

/** A page of what a destination keeps, the oldest first. */
export const keptPageSchema = z.object({
  messages: z.array(keptMessageSchema).max(BROWSE_PAGE_MAX_MESSAGES),
  /** The `from` of the pages before and behind this one; null where the broker keeps nothing there now. */
  older: z.string().nullable(),
  newer: z.string().nullable(),
})
export type KeptPage = z.infer<typeof keptPageSchema>

export const browseSchema = namedDestinationSchema.extend({
  from: browseFromSchema,
  limit: browseLimitSchema,
})
/** Which page is asked for. */
export type BrowsePage = Omit<z.infer<typeof browseSchema>, 'destination'>

export const browseCommands = {
  'destination:browse': {
    summary: 'A page of the messages that a destination keeps, the oldest first',
    description:
      'Nothing is consumed: no position, pending list or lag changes, and nobody becomes a consumer. Where a broker cannot show what it keeps without taking it out, the answer is `not-capable`.',
    needs: 'participant',
    actsOn: 'room',
    input: browseSchema,
    output: keptPageSchema,
    errors: [
      ...(['destination-not-found', 'ambiguous-name', 'not-capable'] as const),
      ...(['broker-refused', 'broker-down', 'broker-timeout'] as const),
    ],
    http: route(
      'get',
      '/api/rooms/{room}/destinations/{destination}/messages',
      'browseDestination',
      { 200: 'A page of them' },
      { parameters: ['from', 'limit'] },
    ),
  },
} as const satisfies Record<string, Command>

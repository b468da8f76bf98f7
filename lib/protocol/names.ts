import * as z from 'zod'
import { isReadableName } from '#lib/util/hidden-characters.ts'
import { PERSON_NAME_MAX_CHARS } from './person-name.ts'

/** A broker, by OpenTelemetry's `messaging.system` name. Which ones exist is the catalog's knowledge. */
export const systemIdSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,31}$/, 'a system is a short lower-case name')
export type SystemId = z.infer<typeof systemIdSchema>

/** A destination's semantics: competing consumers, publish/subscribe, or a retained, replayable log. */
export const modeSchema = z.enum(['queue', 'fanout', 'log'])
export type Mode = z.infer<typeof modeSchema>

/** Where an event's knowledge comes from. `inferred` is never shown as a broker's word. */
export const evidenceSchema = z.enum(['broker', 'client', 'inferred'])
export type Evidence = z.infer<typeof evidenceSchema>

/** Names of destinations, consumers and groups, as a person types them. */
export const nameSchema = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'letters, digits, dot, dash and underscore, 64 at most')

const ADDRESS_MAX_BYTES = 255

/**
 * A destination's name on its broker, with whatever characters that has: `orders/eu high`, `alerts:eu`. In the room it goes by
 * a name of its own.
 */
export const brokerAddressSchema = z
  .string()
  .min(1)
  .max(ADDRESS_MAX_BYTES)
  .refine(
    (address) => new TextEncoder().encode(address).length <= ADDRESS_MAX_BYTES,
    `${ADDRESS_MAX_BYTES} bytes of UTF-8 at most`,
  )
  .refine(isReadableName, 'no invisible characters, and none that turn the text about')

/** A destination by its name or its id, where its system is given beside it. */
export const destinationRefSchema = z
  .string()
  .regex(/^([a-z][a-z0-9_]{0,31}:)?[A-Za-z0-9._-]{1,64}$/, 'the name or the id of a destination')

/** A group's name as events show it: one that a person chose, or one made from a destination's and a consumer's name. */
export const groupNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,160}$/, 'a group name, 160 characters at most')

export const roomNameSchema = z
  .string()
  .regex(/^[a-z0-9-]{1,32}$/, 'lower-case letters, digits and dashes, 32 at most')

/** A person's name as it is shown; recordings may hold what is refused today. */
export const shownNameSchema = z.string().min(1).max(PERSON_NAME_MAX_CHARS)

/** A person's name as it may be chosen: any language, one line, trimmed, all of it to be seen. */
export const personNameSchema = z
  .string()
  .trim()
  .normalize()
  .min(1)
  .max(PERSON_NAME_MAX_CHARS)
  .refine(isReadableName, 'no invisible characters, and none that turn the text about')

/** `<system>:<destination>`, unique in a room. */
export const destinationId = (system: SystemId, destination: string) => `${system}:${destination}`
/** `<system>:<destination>:<consumer>`, unique in a room. */
export const consumerId = (system: SystemId, destination: string, consumer: string) =>
  `${system}:${destination}:${consumer}`

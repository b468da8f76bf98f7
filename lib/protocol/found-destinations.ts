import * as z from 'zod'
import { FOUND_DESTINATIONS_MAX } from './limits.ts'
import { brokerAddressSchema, modeSchema } from './names.ts'
import { settingsSchema } from './room.ts'

/** A destination that is on a broker, whoever made it, as it could be added to a room. */
export const foundDestinationSchema = z.object({
  address: brokerAddressSchema,
  /** The mode that changes nothing for others, where it could be used in several. */
  mode: modeSchema,
  /** Those that say what it is, such as the kind of an exchange. */
  settings: settingsSchema,
})
export type FoundDestination = z.infer<typeof foundDestinationSchema>

export const foundDestinationsSchema = z.object({
  destinations: z.array(foundDestinationSchema).max(FOUND_DESTINATIONS_MAX),
  /** False: the broker has, or may have, more than are listed. */
  complete: z.boolean(),
})
export type FoundDestinations = z.infer<typeof foundDestinationsSchema>

import * as z from 'zod'
import { ROLES } from './command-definition.ts'

/** Who a token makes a person in a room, and what that person may ask for. Absent where everybody may do everything. */
export const youSchema = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  /** The commands of the table that this role may run, by their names. */
  may: z.array(z.string()),
  /** Those of them that it may run on a consumer of its own only. */
  ownOnly: z.array(z.string()),
})
export type You = z.infer<typeof youSchema>

import * as z from 'zod'
import { openVoteSchema, scoreSchema } from '#lib/protocol/vote.ts'
import type { Unsubscribe } from '#lib/util/emitter.ts'

/** What people have done in a room that outlives the server: how they voted and scored, who may not speak or come in, and whose name is whose. */

const ballotSchema = z.object({ id: z.string(), name: z.string(), choice: z.number().int().min(0) })

const keptVotesSchema = z.object({
  /** How many questions there were. */
  asked: z.number().int(),
  question: z
    .object({
      number: z.number().int(),
      asked: openVoteSchema,
      ballots: z.array(ballotSchema),
      revealed: z.boolean(),
      right: z.number().int().optional(),
    })
    .nullable(),
  /** Those who scored last are at the end. */
  scores: z.array(scoreSchema),
})
export type KeptVotes = z.infer<typeof keptVotesSchema>

/** Ids of people. */
const keptPeopleSchema = z.object({ muted: z.array(z.string()), removed: z.array(z.string()) })
export type KeptPeople = z.infer<typeof keptPeopleSchema>

const keptNameSchema = z.object({
  personId: z.string(),
  name: z.string(),
  /** When the person was heard of last, Unix time in milliseconds. */
  at: z.number(),
})
export type KeptName = z.infer<typeof keptNameSchema>

/** Whose name is whose, where that is kept beside the rooms (`lib/access`). By room. */
export interface NamesToKeep {
  kept(): ReadonlyMap<string, readonly KeptName[]>
  goOn(room: string, names: readonly KeptName[]): void
  onChange(listener: () => void): Unsubscribe
}

export const keptGatheringSchema = z.object({
  votes: keptVotesSchema,
  people: keptPeopleSchema,
  /** Absent in files of before they were kept. */
  names: z.array(keptNameSchema).optional(),
})
export type KeptGathering = z.infer<typeof keptGatheringSchema>

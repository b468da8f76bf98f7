import * as z from 'zod'
import { openVoteSchema, scoreSchema } from '#lib/protocol/vote.ts'

/** What people have done in a room that outlives the server: how they voted and scored, and who may not speak or come in. */

const ballotSchema = z.object({ id: z.string(), name: z.string(), choice: z.number().int().min(0) })

const persistedVotesSchema = z.object({
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
export type PersistedVotes = z.infer<typeof persistedVotesSchema>

/** Ids of people. */
const persistedPeopleSchema = z.object({ muted: z.array(z.string()), removed: z.array(z.string()) })
export type PersistedPeople = z.infer<typeof persistedPeopleSchema>

export const persistedGatheringSchema = z.object({
  votes: persistedVotesSchema,
  people: persistedPeopleSchema,
})
export type PersistedGathering = z.infer<typeof persistedGatheringSchema>

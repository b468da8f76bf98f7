import * as z from 'zod'
import { openVoteSchema, scoreSchema } from '#lib/protocol/vote.ts'
import type { Unsubscribe } from '#lib/util/emitter.ts'

/** What people have done in a room that outlives the server: how they voted and scored, who may not speak or come in, and whose name is whose. */

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

const persistedNameSchema = z.object({
  personId: z.string(),
  name: z.string(),
  /** When the person was heard of last, Unix time in milliseconds. */
  at: z.number(),
})
export type PersistedName = z.infer<typeof persistedNameSchema>

/** Whose name is whose, where that is persisted beside the rooms (`lib/access`). By room. */
export interface NamesToPersist {
  toPersist(): ReadonlyMap<string, readonly PersistedName[]>
  restore(room: string, names: readonly PersistedName[]): void
  onChange(listener: () => void): Unsubscribe
}

export const persistedGatheringSchema = z.object({
  votes: persistedVotesSchema,
  people: persistedPeopleSchema,
  /** Absent in files of before they were persisted. */
  names: z.array(persistedNameSchema).optional(),
})
export type PersistedGathering = z.infer<typeof persistedGatheringSchema>

import * as z from 'zod'
import { isReadableName } from '#lib/util/hidden-characters.ts'
import { shownNameSchema } from './names.ts'

/** A question to the people of a room, and what they answered. */

/** The bounds of a question. A lesson's fit into them. */
export const QUESTION_MAX_CHARS = 200
export const CHOICE_MAX_CHARS = 200
export const CHOICES_MIN = 2
export const CHOICES_MAX = 6
const HEADING_MAX_CHARS = 60

/** As it may be asked: one line, trimmed, all of it to be seen. */
const askedLine = (max: number) =>
  z
    .string()
    .trim()
    .normalize()
    .min(1)
    .max(max)
    .refine(isReadableName, 'no invisible characters, and none that turn the text about')

export const openVoteSchema = z.object({
  question: askedLine(QUESTION_MAX_CHARS),
  choices: z
    .array(askedLine(CHOICE_MAX_CHARS))
    .min(CHOICES_MIN)
    .max(CHOICES_MAX)
    .refine((choices) => new Set(choices).size === choices.length, 'two choices are the same'),
  heading: askedLine(HEADING_MAX_CHARS)
    .optional()
    .describe('Stands above the question: “Question 3 of 6”. Absent: which question of the room it is'),
  run: z
    .uuid()
    .optional()
    .describe('The run of the lesson that asks it: votes are taken until what it asks about begins'),
})
export type OpenVote = z.infer<typeof openVoteSchema>

const choiceSchema = z
  .number()
  .int()
  .min(0)
  .max(CHOICES_MAX - 1)
  .describe('The place of a choice in the list, from 0')

export const castVoteSchema = z.object({ choice: choiceSchema })
export const revealVoteSchema = z.object({
  right: choiceSchema
    .optional()
    .describe('The choice that the run proved right. Absent: none is marked, and nobody scores'),
})
export type RevealVote = z.infer<typeof revealVoteSchema>

/** A room's question as everybody sees it. Until the reveal it says how many have voted, and nothing else of the votes. */
export const voteSchema = z.object({
  /** Which question of the room it is, from 1. */
  number: z.number().int(),
  heading: z.string().max(HEADING_MAX_CHARS).optional(),
  question: z.string().max(QUESTION_MAX_CHARS),
  choices: z.array(z.string().max(CHOICE_MAX_CHARS)).max(CHOICES_MAX),
  run: z.uuid().optional(),
  phase: z.enum(['open', 'revealed']),
  voted: z.number().int(),
  /** From the reveal on: how many voted for each choice. */
  counts: z.array(z.number().int()).max(CHOICES_MAX).optional(),
  /** From the reveal on, where the run has proved one right. */
  right: choiceSchema.optional(),
})
export type Vote = z.infer<typeof voteSchema>

/** How many of the graded questions that a person answered were answered right. */
export const scoreSchema = z.object({
  id: z.string(),
  name: shownNameSchema,
  right: z.number().int(),
  of: z.number().int(),
})
export type Score = z.infer<typeof scoreSchema>

import * as z from 'zod'
import { type Command, route } from './command-definition.ts'
import { castVoteSchema, openVoteSchema, revealVoteSchema, voteSchema } from './vote.ts'

const nothing = z.object({})

/** Commands about a room's question. */
export const voteCommands = {
  'vote:open': {
    summary: 'Asks the people of the room a question',
    description: 'One at a time: a question that was revealed gives way to it, one that is open does not.',
    needs: 'presenter',
    actsOn: 'room',
    input: openVoteSchema,
    output: voteSchema,
    errors: ['vote-open'],
    http: route(
      'post',
      '/api/rooms/{room}/vote',
      'openVote',
      { 201: 'Asked; people may vote' },
      { body: openVoteSchema },
    ),
  },
  // A vote is a person's, and only a socket says who that is.
  'vote:cast': {
    summary: 'Votes for a choice, or changes this person’s vote until the reveal',
    needs: 'participant',
    actsOn: 'presence',
    input: castVoteSchema,
    output: castVoteSchema,
    errors: ['vote-closed', 'wrong-state', 'too-many'],
    http: null,
  },
  'vote:reveal': {
    summary: 'Ends voting and shows how many voted for each choice',
    description:
      '`right` marks the choice that the run proved right, and gives a point to those who voted for it. It may also be given by a second call.',
    needs: 'presenter',
    actsOn: 'room',
    input: revealVoteSchema,
    output: voteSchema,
    errors: ['vote-closed'],
    http: route(
      'post',
      '/api/rooms/{room}/vote/reveal',
      'revealVote',
      { 200: 'Revealed' },
      { body: revealVoteSchema.optional() },
    ),
  },
  'vote:close': {
    summary: 'Takes the question away, revealed or not; what was scored stays',
    needs: 'presenter',
    actsOn: 'room',
    input: nothing,
    output: nothing,
    errors: [],
    http: route('delete', '/api/rooms/{room}/vote', 'closeVote', { 204: 'There is no question now' }),
  },
} as const satisfies Record<string, Command>

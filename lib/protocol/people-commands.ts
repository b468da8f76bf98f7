import * as z from 'zod'
import { type Command, route } from './command-definition.ts'

const personIdSchema = z.string().min(1).max(64)

/** What a presenter does about a person who disturbs. */
export const peopleCommands = {
  'person:mute': {
    summary: 'Lets a person send nothing more, or send again',
    description: 'A muted person still sees everything, and keeps their consumers.',
    needs: 'presenter',
    actsOn: 'room',
    input: z.object({ person: personIdSchema, muted: z.boolean() }),
    output: z.object({}),
    errors: ['person-not-found'],
    http: route(
      'patch',
      '/api/rooms/{room}/people/{person}',
      'mutePerson',
      { 204: 'Done' },
      { body: z.object({ muted: z.boolean() }) },
    ),
  },
  'person:remove': {
    summary: 'Puts a person out of the room, for as long as the room lives',
    description: 'Their sockets leave it, and their token lets them in no more.',
    needs: 'presenter',
    actsOn: 'room',
    input: z.object({ person: personIdSchema }),
    output: z.object({}),
    errors: ['person-not-found', 'wrong-state'],
    http: route('delete', '/api/rooms/{room}/people/{person}', 'removePerson', { 204: 'Gone' }),
  },
} as const satisfies Record<string, Command>

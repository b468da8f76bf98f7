import * as z from 'zod'
import type { Command } from './command-definition.ts'
import { joinSchema } from './command-schemas.ts'
import { personNameSchema } from './names.ts'
import { roomSnapshotSchema, shownSchema } from './room.ts'
import { youSchema } from './you.ts'

const nothing = z.object({})

/** What a socket says of the person behind it; HTTP has no person. */
export const presenceCommands = {
  'room:join': {
    summary: 'Joins a room, leaving any other, and receives every later event of it as `events`',
    description:
      'Where tokens are asked for, the person is the token’s, whatever `personId` says, and `you` says who that is.',
    needs: 'participant',
    actsOn: 'presence',
    input: joinSchema,
    output: z.object({
      snapshot: roomSnapshotSchema,
      at: z.number().optional().describe("The server's time as it answered, Unix time in milliseconds"),
      you: youSchema.optional(),
    }),
    errors: ['room-not-found', 'too-many', 'person-removed'],
    http: null,
  },
  'room:leave': {
    summary: 'Leaves the room',
    needs: 'anyone',
    actsOn: 'presence',
    input: nothing,
    output: nothing,
    errors: [],
    http: null,
  },
  'person:update': {
    summary: "Changes the person's name and colour",
    needs: 'participant',
    actsOn: 'presence',
    input: z.object({ name: personNameSchema, colour: z.number().int().min(0).max(7) }),
    output: nothing,
    errors: ['name-taken'],
    http: null,
  },
  'person:show': {
    summary:
      'Leads the room: what this person shows, for those who follow; null ends it. The last to begin leads',
    needs: 'presenter',
    actsOn: 'presence',
    input: z.object({ shows: shownSchema.nullable() }),
    output: nothing,
    errors: ['wrong-state'],
    http: null,
  },
} as const satisfies Record<string, Command>

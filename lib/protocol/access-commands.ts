import * as z from 'zod'
import { type Command, ROLES, route } from './command-definition.ts'
import { joinCodeSchema } from './join-code.ts'
import { personNameSchema, roomNameSchema } from './names.ts'

const personSchema = z.object({ id: z.string(), name: z.string() })

const joinBodySchema = z.object({
  code: joinCodeSchema,
  name: personNameSchema,
  /** Answer with the token, for a program. A browser leaves it out: it gets a cookie that no script can read. */
  bearer: z.boolean().optional(),
})

export const joinedSchema = z.object({
  room: roomNameSchema,
  role: z.enum(ROLES),
  /** Who the caller is in the room from now on: the `personId` of `room:join`. */
  person: personSchema,
  /**
   * For `Authorization: Bearer`, or the `token` of a socket's `auth`. Absent where none is needed, and where a cookie
   * holds it.
   */
  token: z.string().optional(),
  /** When the token ends, Unix time in milliseconds. */
  expiresAt: z.number().optional(),
})
export type Joined = z.infer<typeof joinedSchema>

export const accessSchema = z.object({
  /** Other machines may come in, so codes and tokens are asked for. Else everybody is a presenter. */
  sharing: z.boolean(),
  role: z.enum(ROLES),
  /** The one room that the token is for; absent for all rooms. */
  room: roomNameSchema.optional(),
  person: personSchema.optional(),
})

export const roomShareSchema = z.object({
  sharing: z.boolean(),
  code: z.string(),
  /** Where people join, with the code in it; the first is the one to show. Empty where no other machine can come in. */
  addresses: z.array(z.string()),
})
export type RoomShare = z.infer<typeof roomShareSchema>

export const presenterLinkSchema = z.object({
  /** Whoever opens it is a presenter in every room. One address for each at which people reach the dashboard. */
  links: z.array(z.string()),
  expiresAt: z.number(),
})

/** Who may come in, and as what. */
export const accessCommands = {
  'access:join': {
    summary: 'Enters a room by its join code, under a name',
    description:
      'A browser gets a cookie, a program that asks with `bearer` a token. Wrong codes are answered ever more slowly to one client address, and all in the same words.',
    needs: 'anyone',
    actsOn: 'access',
    input: joinBodySchema,
    output: joinedSchema,
    errors: ['wrong-code', 'name-taken', 'person-removed'],
    http: route('post', '/api/join', 'join', { 200: 'Welcome' }, { body: joinBodySchema }),
  },
  'access:get': {
    summary: 'What the caller may do here',
    needs: 'anyone',
    actsOn: 'access',
    input: z.object({}),
    output: accessSchema,
    errors: [],
    http: route('get', '/api/access', 'getAccess', { 200: 'The role' }),
  },
  'access:share': {
    summary: 'How people join a room: its code and addresses',
    needs: 'participant',
    actsOn: 'access',
    input: z.object({ room: roomNameSchema }),
    output: roomShareSchema,
    errors: ['room-not-found'],
    http: route('get', '/api/rooms/{room}/share', 'getShare', { 200: 'The code and the addresses' }),
  },
  'access:presenter-link': {
    summary: 'Makes a link that makes whoever opens it a presenter',
    needs: 'presenter',
    actsOn: 'access',
    input: z.object({}),
    output: presenterLinkSchema,
    errors: [],
    http: route('post', '/api/presenter-link', 'makePresenterLink', { 200: 'The link' }),
  },
} as const satisfies Record<string, Command>

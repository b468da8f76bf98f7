import * as z from 'zod'
import { type Command, route } from './command-definition.ts'
import { roomNameSchema } from './names.ts'
import { roomSnapshotSchema } from './room.ts'
import { roomStartShape, savedSceneSchema } from './scene.ts'

const nothing = z.object({})

/** A room in a list. */
const listedRoomSchema = z.object({
  room: roomNameSchema,
  /** How many people are there. */
  people: z.number().int(),
  /** The title of the lesson that goes on there. */
  lesson: z.string().optional(),
})
export type ListedRoom = z.infer<typeof listedRoomSchema>

/** Commands that make, list and remove rooms, save what they are made of, and bring them back to it. */
export const roomMakingCommands = {
  'room:list': {
    summary: 'All rooms, with how many people are in each',
    needs: 'presenter',
    actsOn: 'dashboard',
    input: nothing,
    output: z.object({ rooms: z.array(listedRoomSchema), limit: z.number().int() }),
    errors: [],
    http: route('get', '/api/rooms', 'listRooms', { 200: 'The rooms, and how many there may be' }),
  },
  'room:create': {
    summary: 'Creates a room',
    needs: 'presenter',
    actsOn: 'dashboard',
    description: 'Of the classic three destinations, of none, of a scene, or of the scene of a lesson.',
    input: z.object({ room: roomNameSchema, ...roomStartShape }),
    output: z.object({ snapshot: roomSnapshotSchema, created: z.boolean() }),
    errors: ['too-many', 'name-taken', 'lesson-not-found'],
    http: route(
      'put',
      '/api/rooms/{room}',
      'putRoom',
      { 200: 'It existed', 201: 'Created' },
      { body: z.object(roomStartShape).optional(), answer: roomSnapshotSchema },
    ),
  },
  'room:scene': {
    summary: 'The room as it is now, as a scene and as a scene file',
    needs: 'participant',
    actsOn: 'room',
    input: nothing,
    output: savedSceneSchema,
    errors: [],
    http: route('get', '/api/rooms/{room}/scene', 'getScene', { 200: 'The scene' }),
  },
  'room:remove': {
    summary: 'Closes a room and removes all that is its own from the brokers',
    needs: 'presenter',
    actsOn: 'dashboard',
    input: z.object({ room: z.string().max(200) }),
    output: nothing,
    errors: ['room-not-found', 'lobby-stays'],
    http: route('delete', '/api/rooms/{room}', 'deleteRoom', { 204: 'Gone' }),
  },
  'room:reset': {
    summary: 'Brings a room back to its scene: all of it is removed from the brokers, and made again',
    description:
      'Nothing of it changes while a broker is away that has a part of it. In the lobby, the destinations that outside programs meet stay.',
    needs: 'presenter',
    actsOn: 'room',
    input: nothing,
    output: roomSnapshotSchema,
    errors: ['broker-refused', 'broker-down', 'broker-timeout'],
    http: route('post', '/api/rooms/{room}/reset', 'resetRoom', { 200: 'The room as it is again' }),
  },
} as const satisfies Record<string, Command>

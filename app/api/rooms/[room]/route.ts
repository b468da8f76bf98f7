import { json, noContent } from '#lib/http/answer.ts'
import { type RoomParams, roomOf } from '#lib/http/room.ts'
import { route } from '#lib/http/route.ts'
import { roomNameSchema } from '#lib/protocol/names.ts'
import { parseInput } from '#lib/protocol/parse.ts'
import { getRuntime } from '#lib/runtime.ts'

export const { GET, POST, PUT, PATCH, DELETE } = route<RoomParams>({
  GET: (_request, params) => json(200, roomOf(params).snapshot()),
  PUT: async (_request, params) => {
    const { room, created } = await getRuntime().rooms.create(parseInput(roomNameSchema, params.room))
    room.touch()
    return json(created ? 201 : 200, room.snapshot())
  },
  DELETE: async (_request, params) => {
    await getRuntime().rooms.remove(params.room)
    return noContent()
  },
})

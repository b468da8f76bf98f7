import { json, noContent } from '#lib/http/answer.ts'
import { readBody } from '#lib/http/body.ts'
import { type RoomParams, roomOf } from '#lib/http/room.ts'
import { route } from '#lib/http/route.ts'
import { startLoadSchema, stopLoadSchema } from '#lib/protocol/commands.ts'
import { parseInput } from '#lib/protocol/parse.ts'

export const { GET, POST, PUT, PATCH, DELETE } = route<RoomParams>({
  POST: async (request, params) =>
    json(202, roomOf(params).startLoad(await readBody(request, startLoadSchema))),
  DELETE: (request, params) => {
    const query = Object.fromEntries(new URL(request.url).searchParams)
    roomOf(params).stopLoad(parseInput(stopLoadSchema, query).system)
    return noContent()
  },
})

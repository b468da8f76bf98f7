import { json, noContent } from '#lib/http/answer.ts'
import { readBody } from '#lib/http/body.ts'
import { type RoomParams, roomOf } from '#lib/http/room.ts'
import { route } from '#lib/http/route.ts'
import { updateDestinationSchema } from '#lib/protocol/commands.ts'

export const { GET, POST, PUT, PATCH, DELETE } = route<RoomParams & { id: string }>({
  PATCH: async (request, params) => {
    const { settings } = await readBody(request, updateDestinationSchema)
    return json(200, await roomOf(params).updateDestination(params.id, settings))
  },
  DELETE: async (_request, params) => {
    await roomOf(params).removeDestination(params.id)
    return noContent()
  },
})

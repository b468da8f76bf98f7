import { noContent } from '#lib/http/answer.ts'
import { type RoomParams, roomOf } from '#lib/http/room.ts'
import { route } from '#lib/http/route.ts'

export const { GET, POST, PUT, PATCH, DELETE } = route<RoomParams & { id: string }>({
  DELETE: async (_request, params) => {
    await roomOf(params).removeDestination(params.id)
    return noContent()
  },
})

import { json } from '#lib/http/answer.ts'
import { readBody } from '#lib/http/body.ts'
import { type RoomParams, roomOf } from '#lib/http/room.ts'
import { route } from '#lib/http/route.ts'
import { addDestinationSchema } from '#lib/protocol/commands.ts'

export const { GET, POST, PUT, PATCH, DELETE } = route<RoomParams>({
  POST: async (request, params) => {
    const destination = await roomOf(params).addDestination(await readBody(request, addDestinationSchema))
    const location = `/api/rooms/${params.room}/destinations/${encodeURIComponent(destination.id)}`
    return json(201, destination, { location })
  },
})

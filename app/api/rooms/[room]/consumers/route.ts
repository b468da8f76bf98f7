import { json } from '#lib/http/answer.ts'
import { readBody } from '#lib/http/body.ts'
import { type RoomParams, roomOf } from '#lib/http/room.ts'
import { route } from '#lib/http/route.ts'
import { addConsumerSchema } from '#lib/protocol/commands.ts'

export const { GET, POST, PUT, PATCH, DELETE } = route<RoomParams>({
  POST: async (request, params) => {
    const consumer = await roomOf(params).addConsumer(await readBody(request, addConsumerSchema))
    const location = `/api/rooms/${params.room}/consumers/${encodeURIComponent(consumer.id)}`
    return json(201, consumer, { location })
  },
})

import { json } from '#lib/http/answer.ts'
import { readBody } from '#lib/http/body.ts'
import { fromFailure } from '#lib/http/problem.ts'
import { type RoomParams, roomOf } from '#lib/http/room.ts'
import { route } from '#lib/http/route.ts'
import { postMessageSchema } from '#lib/protocol/commands.ts'

export const { GET, POST, PUT, PATCH, DELETE } = route<RoomParams>({
  POST: async (request, params) => {
    const room = roomOf(params)
    const { system, destination, ...message } = await readBody(request, postMessageSchema)
    const { outcomes, ...accepted } = await room.publish({ ...message, to: [{ system, destination }] })
    const outcome = outcomes[system]
    if (outcome && !outcome.ok) throw fromFailure(outcome)
    return json(202, accepted)
  },
})

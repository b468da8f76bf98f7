import { json } from '#lib/http/answer.ts'
import { readBodyIfAny } from '#lib/http/body.ts'
import { type RoomParams, roomOf } from '#lib/http/room.ts'
import { route } from '#lib/http/route.ts'
import { commandArgumentsSchema, consumerCommandSchema } from '#lib/protocol/commands.ts'
import { AppError } from '#lib/protocol/errors.ts'

export const { GET, POST, PUT, PATCH, DELETE } = route<RoomParams & { id: string; command: string }>({
  POST: async (request, params) => {
    const room = roomOf(params)
    const command = consumerCommandSchema.safeParse(params.command)
    if (!command.success)
      throw new AppError('command-not-found', `a consumer knows ${consumerCommandSchema.options.join(', ')}`)
    const given = (await readBodyIfAny(request, commandArgumentsSchema)) ?? {}
    return json(200, await room.commandConsumer(params.id, command.data, given))
  },
})

import { json } from '#lib/http/answer.ts'
import { route } from '#lib/http/route.ts'
import { asyncapi } from '#lib/protocol/asyncapi.ts'

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: () => json(200, asyncapi()) })

import { json } from '#lib/http/answer.ts'
import { route } from '#lib/http/route.ts'
import { getRuntime } from '#lib/runtime.ts'

export const { GET, POST, PUT, PATCH, DELETE } = route({
  GET: () => json(200, getRuntime().rooms.health()),
})

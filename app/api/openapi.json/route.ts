import { json } from '#lib/http/answer.ts'
import { route } from '#lib/http/route.ts'
import { openapi } from '#lib/protocol/openapi.ts'

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: () => json(200, openapi()) })

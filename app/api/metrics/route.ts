import { text } from '#lib/http/answer.ts'
import { route } from '#lib/http/route.ts'
import { getRuntime } from '#lib/runtime.ts'

export const { GET, POST, PUT, PATCH, DELETE } = route({
  GET: async () => {
    const metrics = await getRuntime().metrics()
    return text(metrics.contentType, metrics.text)
  },
})

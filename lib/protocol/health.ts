import { z } from 'zod'
import { systemIdSchema } from './names.ts'

/** `GET /api/health` */
export const healthSchema = z.object({
  status: z.enum(['ok', 'degraded']),
  brokers: z.record(
    systemIdSchema,
    z.object({
      status: z.enum(['up', 'connecting', 'down']),
      version: z.string().optional(),
      reason: z.string().optional(),
      since: z.string().describe('ISO 8601'),
    }),
  ),
})
export type Health = z.infer<typeof healthSchema>

import { z } from 'zod'
import type { Delivery } from '../contract.ts'

/**
 * What the broker writes on a message that it moves to dead letters, the latest first. `count`: how often it was moved
 * out of that queue for that reason, not how often it was tried (rabbitmq.com/docs/dlx#effects).
 */
const deathsSchema = z.object({
  headers: z.object({
    'x-death': z
      .array(z.object({ reason: z.string(), count: z.number().int().optional().catch(undefined) }))
      .min(1),
  }),
})

const REASONS: Readonly<Record<string, string>> = {
  rejected: 'rejected',
  expired: 'expired',
  maxlen: 'the queue was full',
  delivery_limit: 'delivered too often',
}

/**
 * Why a message lies among the dead letters; null where the broker wrote nothing. How often it had been tried is known
 * only where the queue gave up on it by its limit: the broker drops its own count when it moves a message.
 */
export function deathOf(
  properties: unknown,
  deliveryLimit: number | null,
): NonNullable<Delivery['death']> | null {
  const parsed = deathsSchema.safeParse(properties)
  const latest = parsed.success ? parsed.data.headers['x-death'][0] : undefined
  if (latest === undefined) return null
  const reason = REASONS[latest.reason] ?? latest.reason
  if (latest.reason === 'expired') return { how: 'expired', reason, attempts: null }
  const byLimit = latest.reason === 'delivery_limit' && deliveryLimit !== null
  return { how: 'dead-lettered', reason, attempts: byLimit ? deliveryLimit + 1 : null }
}

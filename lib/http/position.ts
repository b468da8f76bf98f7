import { z } from 'zod'
import { type Position, positionSchema } from '#lib/protocol/commands.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { parseInput } from '#lib/protocol/parse.ts'

const querySchema = z.object({
  since: z.coerce.number().int().min(0).optional(),
  epoch: z.string().min(1).max(64).optional(),
})

/** The id of an event in a live stream. */
export const eventId = ({ epoch, seq }: Position): string => `${epoch}:${seq}`

/**
 * Where a reader of events wants to begin: after `Last-Event-ID` (a stream that comes back keeps its address, so the
 * header wins), else after `?since` of `?epoch` or of the current one; undefined when it says neither.
 * Throws `bad-request` for an id that is none, `invalid` for a query that is none.
 */
export function positionOf(request: Request, currentEpoch: string): Position | undefined {
  const id = request.headers.get('last-event-id')
  if (id) return positionFromId(id)
  const { searchParams } = new URL(request.url)
  const given = Object.fromEntries([...searchParams].filter(([, value]) => value !== ''))
  const { since, epoch } = parseInput(querySchema, given)
  return since === undefined ? undefined : { epoch: epoch ?? currentEpoch, seq: since }
}

function positionFromId(id: string): Position {
  const cut = id.lastIndexOf(':')
  const seq = id.slice(cut + 1)
  const parsed = positionSchema.safeParse({
    epoch: id.slice(0, Math.max(cut, 0)),
    seq: seq === '' ? NaN : Number(seq),
  })
  if (cut < 1 || !parsed.success) throw new AppError('bad-request', 'Last-Event-ID is not <epoch>:<seq>')
  return parsed.data
}

import type { Link } from '../link.ts'
import { asOperationError } from '../reasons.ts'

/** Shortens the stream at once to what it may be; 0 leaves it as it is. Throws AppError. */
export async function trim({ redis }: Link, stream: string, maxLength: number): Promise<void> {
  if (maxLength === 0) return
  await redis.call('XTRIM', stream, 'MAXLEN', '=', String(maxLength)).catch((error: unknown) => {
    throw asOperationError(error)
  })
}

export const lengthTrait = (maxLength: number): string =>
  maxLength > 0 ? `MAXLEN ${maxLength}` : 'keeps all'

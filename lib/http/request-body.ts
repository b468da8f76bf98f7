import { AppError } from '#lib/protocol/errors.ts'

/** Largest request body: far above any text that is accepted, so that a text that is too long gets its own error. */
const BODY_MAX_BYTES = 1024 * 1024
/** The connection of a caller that sends more than this is cut. */
const BODY_READ_MAX_BYTES = 16 * 1024 * 1024

/**
 * A request's JSON body; undefined for an empty one where it is `optional`. Throws `body-too-large`, and `bad-request` for
 * what is not JSON in UTF-8.
 */
export async function readJson(request: Request, { optional }: { optional: boolean }): Promise<unknown> {
  const bytes = await readBytes(request)
  if (optional && bytes.length === 0) return undefined
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new AppError('bad-request', 'the body is not JSON in UTF-8', { cause: error })
  }
}

/**
 * A body that is too large is still read, and thrown away, so that the caller gets the reason and may use the
 * connection again.
 */
async function readBytes(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength
    if (bytes <= BODY_MAX_BYTES) chunks.push(chunk)
    else if (bytes > BODY_READ_MAX_BYTES) break
  }
  if (bytes <= BODY_MAX_BYTES) return Buffer.concat(chunks)
  throw new AppError('body-too-large', `a body may have ${BODY_MAX_BYTES} bytes`, {
    detail: { limitBytes: BODY_MAX_BYTES },
  })
}

import type { z } from 'zod'
import { AppError } from '#lib/protocol/errors.ts'
import { parseInput } from '#lib/protocol/parse.ts'

/** Largest request body: far above any text that is accepted, so that one too long is told by its own error. */
const BODY_MAX_BYTES = 1024 * 1024
/** A caller that sends more than this is cut off in mid-sentence. */
const BODY_TAKEN_BYTES = 16 * 1024 * 1024

/** A request's JSON body. Throws `body-too-large`, `bad-request` for what is no JSON in UTF-8, `invalid` for the rest. */
export async function readBody<S extends z.ZodType>(request: Request, schema: S): Promise<z.output<S>> {
  return parseInput(schema, parseJson(await readBytes(request)))
}

/** The same where a body may be absent. */
export async function readBodyIfAny<S extends z.ZodType>(
  request: Request,
  schema: S,
): Promise<z.output<S> | undefined> {
  const bytes = await readBytes(request)
  return bytes.length === 0 ? undefined : parseInput(schema, parseJson(bytes))
}

/** What is too much is still taken in, and thrown away, so that the caller hears why before the connection is used again. */
async function readBytes(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength
    if (bytes <= BODY_MAX_BYTES) chunks.push(chunk)
    else if (bytes > BODY_TAKEN_BYTES) break
  }
  if (bytes <= BODY_MAX_BYTES) return Buffer.concat(chunks)
  throw new AppError('body-too-large', `a body may have ${BODY_MAX_BYTES} bytes`, {
    detail: { limitBytes: BODY_MAX_BYTES },
  })
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new AppError('bad-request', 'the body is not JSON in UTF-8', { cause: error })
  }
}

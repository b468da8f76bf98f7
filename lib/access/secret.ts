import { randomBytes, randomUUID } from 'node:crypto'
import { chmod, link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const SECRET_BYTES = 32
const OWNER_ONLY = 0o600

/**
 * The secret that tokens are signed with and codes are made from, in `<folder>/access-secret`, which only its owner may read.
 * Made where there is none. Deleting the file makes every token void and every code another, from the next start on. Where
 * the file cannot be used there is one for this run alone, which is logged.
 */
export async function loadSecret(
  folder: string,
  log: { warn(details: object, message: string): void },
): Promise<Uint8Array> {
  const file = join(folder, 'access-secret')
  try {
    return await readOrMake(folder, file)
  } catch (error) {
    log.warn({ err: error, file }, 'the secret of tokens cannot be kept: tokens end with this run')
    return randomBytes(SECRET_BYTES)
  }
}

async function readOrMake(folder: string, file: string): Promise<Uint8Array> {
  await mkdir(folder, { recursive: true })
  // Another server may start just now: under its own name the file is there whole or not at all.
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, `${randomBytes(SECRET_BYTES).toString('hex')}\n`, { flag: 'wx', mode: OWNER_ONLY })
  try {
    await link(draft, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    await unlink(draft)
  }
  await chmod(file, OWNER_ONLY)
  const secret = Buffer.from((await readFile(file, 'utf8')).trim(), 'hex')
  if (secret.length !== SECRET_BYTES)
    throw new Error('the file holds no secret: delete it, and another is made')
  return secret
}

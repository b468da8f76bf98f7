import { randomUUID } from 'node:crypto'
import { sleep } from '#lib/brokers/kit/deadlines.ts'
import { wordsOf } from '#lib/brokers/kit/failures.ts'
import type { Connection } from './connection.ts'
import { isErrorReply } from './failures.ts'
import { isNotPermitted } from './permissions.ts'

const ASK_EVERY_MS = 2_000
/** Redis's error prefixes while it refuses whatever writes: no memory, no disk, a replica, too few replicas. */
const REFUSES_WRITES = /^(OOM|MISCONF|READONLY|NOREPLICAS)\b/

/**
 * Asks for as long as the connection lasts whether Redis takes writes, by one that changes nothing: XADD with NOMKSTREAM to a
 * stream that does not exist. `onChange` gets Redis's reason for refusing them, and null once it takes them. A user who may
 * not do that is not asked again: each refusal would be an entry of Redis's ACL log. Never rejects.
 */
export async function watchWrites(
  { redis, ended }: Pick<Connection, 'redis' | 'ended'>,
  onChange: (reason: string | null) => void,
): Promise<void> {
  const over = new AbortController()
  void ended.then(() => over.abort())
  const nothing = `switchboard:nothing:${randomUUID()}`
  let last: string | null = null
  while (!over.signal.aborted) {
    const error = await redis
      .call('XADD', nothing, 'NOMKSTREAM', '*', 'field', 'value')
      .then(() => null, toError)
    if (over.signal.aborted || isNotPermitted(error)) return
    const reason = refusalIn(error)
    if (reason !== last) onChange(reason)
    last = reason
    await sleep(ASK_EVERY_MS, over.signal)
  }
}

const toError = (error: unknown): unknown => error

/** Null for an error that says nothing of writes, and for none. */
const refusalIn = (error: unknown): string | null =>
  isErrorReply(error) && REFUSES_WRITES.test(wordsOf(error)) ? wordsOf(error) : null

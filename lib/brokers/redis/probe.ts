import type { BrokerSecurity } from '#lib/brokers/contract.ts'
import { converse, ProbeError } from '#lib/brokers/recipe.ts'
import { asSeen, type TcpExchange } from '#lib/util/tcp-exchange.ts'
import { parseRedisUrl } from './broker-url.ts'

/** `INFO server` is about 1 KiB; more than this is no Redis. */
const MAX_BULK_BYTES = 256 * 1024

/** RESP: an array of bulk strings, as every client sends commands (redis.io/docs/reference/protocol-spec). */
const encode = (...words: string[]): Buffer =>
  Buffer.from(
    `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`,
  )

function refusal(line: string): ProbeError {
  const text = line.slice(1)
  if (/^(NOAUTH|WRONGPASS|NOPERM)/.test(text) || /invalid password|without any password/i.test(text)) {
    return new ProbeError('authentication', text)
  }
  if (/^(LOADING|MASTERDOWN|BUSY)/.test(text)) return new ProbeError('starting', text)
  return new ProbeError('wrong-protocol', `it answered ${asSeen(Buffer.from(line))}`)
}

async function readReply(talk: TcpExchange): Promise<string> {
  const kind = await talk.read(1)
  const marker = kind.toString('latin1')
  if (!'+-$'.includes(marker)) {
    throw new ProbeError('wrong-protocol', `it answers, but not as Redis does: ${asSeen(kind)}…`)
  }
  const line = await talk.readLine()
  if (marker === '-') throw refusal(`-${line}`)
  if (marker === '+') return line
  const length = Number(line)
  if (!Number.isInteger(length) || length < 0 || length > MAX_BULK_BYTES) {
    throw new ProbeError('wrong-protocol', `it answered ${asSeen(Buffer.from(`$${line}`))}`)
  }
  const bulk = await talk.read(length + 2)
  return bulk.subarray(0, length).toString('utf8')
}

/**
 * Logs in as the URL says, asks `INFO server`, and reads the version Redis gives there: "unknown" where this user may not
 * ask, which is an answer of Redis all the same.
 */
export async function probeRedis(
  url: string,
  timeoutMs: number,
  security?: BrokerSecurity,
): Promise<{ version: string }> {
  const target = parseRedisUrl(url, security)
  const { username, password } = target
  return converse(target, { timeoutMs, secureBy: 'rediss:// asks for it' }, async (talk) => {
    if (password !== undefined) {
      talk.send(encode('AUTH', ...(username === undefined ? [] : [username]), password))
      await readReply(talk)
    }
    talk.send(encode('INFO', 'server'))
    try {
      const info = await readReply(talk)
      return { version: /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown' }
    } catch (error) {
      if (error instanceof ProbeError && error.reason.text.startsWith('NOPERM')) return { version: 'unknown' }
      throw error
    }
  })
}

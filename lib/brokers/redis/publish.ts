import { Buffer } from 'node:buffer'
import { Command } from 'ioredis'
import type { OutgoingMessage, Receipt } from '#lib/brokers/contract.ts'
import { wordsOf } from '#lib/brokers/kit/failures.ts'
import { now } from '#lib/util/clock.ts'
import type { Channels } from './channels.ts'
import type { Connection } from './connection.ts'
import { failures, isErrorReply, isNeverWritten } from './failures.ts'
import type { ListOrder } from './list-order.ts'
import { fieldsOf } from './metadata.ts'
import { subChannel } from './names.ts'

/*
 * Each publish is one command on the publishing connection, written in the same turn of the event loop. A connection
 * that ends before the reply leaves the message uncertain; it is never written again. All reject with AppError
 * `broker-down` when the command could not be written.
 */

/**
 * PUBLISH to the channel itself, or, with a key, to the sub-channel `<address>.<key>`, a channel like any other. The
 * message enters its channel's order before it is written. The reply counts subscriptions, whoever owns them
 * (redis.io/docs/latest/commands/publish).
 */
export async function publishToChannel(
  connection: Connection,
  channels: Channels,
  address: string,
  message: OutgoingMessage,
): Promise<Receipt> {
  const channel = subChannel(address, message.key)
  mustBeWritable(connection)
  const sent = channels.send(channel, message.messageId, message.body)
  try {
    const heardBy = Number(await send(connection, 'publish', channel, [message.body]))
    channels.settle(channel, sent, heardBy > 0 ? 'heard' : 'absent')
    const at = now()
    return heardBy > 0
      ? { outcome: 'published', evidence: 'broker', at, heardBy }
      : { outcome: 'unheard', evidence: 'broker', at }
  } catch (error) {
    const mayHaveArrived = !isNeverWritten(error) && !isErrorReply(error)
    channels.settle(channel, sent, mayHaveArrived ? 'uncertain' : 'absent')
    return receiptOfFailure(error)
  }
}

/** The stream, its greatest length (0 = unlimited), and the source that messages name. */
export interface AppendTarget {
  stream: string
  maxLength: number
  source: string
}

/** XADD of the message's fields. */
export async function appendToStream(
  connection: Connection,
  { stream, maxLength, source }: AppendTarget,
  message: OutgoingMessage,
): Promise<Receipt> {
  mustBeWritable(connection)
  const limit = maxLength > 0 ? ['MAXLEN', '=', String(maxLength)] : []
  try {
    const id = await send(connection, 'xadd', stream, [...limit, '*', ...fieldsOf(message, source)])
    const address = { kind: 'entry', stream, id: String(id) } as const
    return { outcome: 'published', evidence: 'broker', at: now(), address }
  } catch (error) {
    return receiptOfFailure(error)
  }
}

/** LPUSH of exactly the typed bytes. The message enters the list's order before it is written. */
export async function pushToList(
  connection: Connection,
  list: string,
  order: ListOrder,
  { messageId, body }: OutgoingMessage,
): Promise<Receipt> {
  mustBeWritable(connection)
  const sent = order.send(messageId, body)
  try {
    await send(connection, 'lpush', list, [body])
    return { outcome: 'published', evidence: 'broker', at: now(), address: { kind: 'item', list } }
  } catch (error) {
    if (isNeverWritten(error) || isErrorReply(error)) order.forget(sent, body)
    return receiptOfFailure(error)
  }
}

function mustBeWritable(connection: Connection): void {
  if (!connection.isWritable()) throw failures.brokerDown('the connection is ending')
  connection.writeTogether('first')
}

function send({ redis }: Connection, name: string, key: string, words: readonly Word[]): Promise<unknown> {
  const command = new PreencodedCommand(name, key, words)
  redis.sendCommand(command)
  return command.promise
}

/** Refused by Redis, or uncertain, since the connection ended before the reply. Throws when it was never written. */
function receiptOfFailure(error: unknown): Receipt {
  const reason = wordsOf(error)
  if (isNeverWritten(error)) throw failures.brokerDown(reason, error)
  return isErrorReply(error)
    ? { outcome: 'refused', evidence: 'broker', at: now(), reason }
    : { outcome: 'uncertain', evidence: 'client', at: now(), reason }
}

type Word = string | Uint8Array

const LINE_END = '\r\n'
/** No character takes more in UTF-8. */
const CHAR_MAX_BYTES = 3
/** A word's length in digits, and the signs around it. */
const FRAME_MAX_BYTES = 24

/**
 * A command encoded as one buffer. The bytes are those that ioredis writes
 * (redis.io/docs/latest/develop/reference/protocol-spec), but ioredis joins them from a dozen pieces each time, which
 * under load is a tenth of what a message costs. An error that Redis answers names only the command and its key.
 */
export class PreencodedCommand extends Command {
  readonly #encoded: Buffer

  /** `words` are what follows the key. A text that Redis answers is resolved as a string. */
  constructor(name: string, key: string, words: readonly Word[]) {
    super(name, [key], { replyEncoding: 'utf8' })
    this.#encoded = encode(name, key, words)
  }

  override toWritable(): Buffer {
    return this.#encoded
  }
}

const bulk = (word: string): string => `$${Buffer.byteLength(word)}${LINE_END}${word}${LINE_END}`

/** The head of the command written last, which is mostly the next one's too. */
let last = { name: '', key: '', head: '' }

function headOf(name: string, key: string): string {
  if (last.name !== name || last.key !== key) last = { name, key, head: bulk(name) + bulk(key) }
  return last.head
}

/** RESP bulk strings in one array. The text between two byte arrays is encoded in one step. */
function encode(name: string, key: string, words: readonly Word[]): Buffer {
  let run = `*${words.length + 2}${LINE_END}${headOf(name, key)}`
  let size = run.length * CHAR_MAX_BYTES
  for (const word of words) {
    size += FRAME_MAX_BYTES + (typeof word === 'string' ? word.length * CHAR_MAX_BYTES : word.length)
  }
  const all = Buffer.allocUnsafe(size)
  let end = 0
  for (const word of words) {
    if (typeof word === 'string') {
      run += bulk(word)
      continue
    }
    end += all.write(`${run}$${word.length}${LINE_END}`, end)
    all.set(word, end)
    end += word.length
    run = LINE_END
  }
  end += all.write(run, end)
  return all.subarray(0, end)
}

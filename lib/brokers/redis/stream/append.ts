import type { OutgoingMessage, Receipt } from '#lib/brokers/contract.ts'
import { now } from '#lib/util/clock.ts'
import type { Link } from '../link.ts'
import { brokerDown } from '../reasons.ts'
import { unreceived } from '../unreceived.ts'
import { WrittenCommand } from '../written-command.ts'
import { fieldsOf } from './entry.ts'

/** How long the stream may be, 0 = as it comes; and who is named as the messages' source. */
export interface AppendPlace {
  stream: string
  maxLength: number
  source: string
}

/**
 * One XADD on the publishing connection. A connection that ends before the reply leaves the message uncertain; it is
 * never written again. Rejects with AppError `broker-down` when it could not be written.
 */
export function append(link: Link, place: AppendPlace, message: OutgoingMessage): Promise<Receipt> {
  const { stream, maxLength, source } = place
  if (!link.isWritable()) return Promise.reject(brokerDown('the connection is ending'))
  link.writeTogether('first')
  const fields = fieldsOf(message, source)
  const limit = maxLength > 0 ? ['MAXLEN', '=', String(maxLength)] : []
  const command = new WrittenCommand('xadd', stream, [...limit, '*', ...fields])
  link.redis.sendCommand(command)
  return command.promise
    .then((id: unknown): Receipt => {
      const address = { kind: 'entry', stream, id: String(id) } as const
      return { outcome: 'published', evidence: 'broker', at: now(), address }
    })
    .catch(unreceived)
}

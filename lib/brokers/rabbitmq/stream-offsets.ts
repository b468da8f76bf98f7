import type { Channel } from 'amqplib'
import type { Control } from './control.ts'
import { claimsOf } from './metadata.ts'

/** More than a batch of a stream holds, so that the whole last batch is delivered. */
const WHOLE_BATCH = 65_535
const FIRST_ONE = 1

/** A stream that was declared anew counts its offsets from 0, so offsets alone are not unique. */
export const streamIdentity = (stream: string, redeclarations: number, offset: number): string =>
  `rabbitmq:${stream}${redeclarations > 0 ? `~${redeclarations}` : ''}:${offset}`

/** AMQP gives offsets on deliveries only, so the ends of a stream are read: some 5 ms, and reading takes nothing out. */

/** The offset of the newest message; null when the stream is empty. Throws AppError as `withChannel` does. */
export const newestOffset = (control: Control, stream: string): Promise<number | null> =>
  control.withChannel(
    async (channel) => (await readFrom(channel, stream, 'last', WHOLE_BATCH)).at(-1) ?? null,
  )

/** The offset of the oldest message kept; null when the stream is empty. */
export const oldestOffset = (control: Control, stream: string): Promise<number | null> =>
  control.withChannel(async (channel) => (await readFrom(channel, stream, 'first', FIRST_ONE)).at(0) ?? null)

/** What the broker delivers at once: the answer to the passive declaration comes behind it on the same channel. */
async function readFrom(
  channel: Channel,
  stream: string,
  from: 'first' | 'last',
  prefetch: number,
): Promise<number[]> {
  const offsets: number[] = []
  await channel.prefetch(prefetch)
  await channel.consume(
    stream,
    (message) => {
      const offset = message && claimsOf(message.properties).streamOffset
      if (typeof offset === 'number') offsets.push(offset)
    },
    { arguments: { 'x-stream-offset': from } },
  )
  await channel.checkQueue(stream)
  return offsets
}

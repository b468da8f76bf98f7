import { AppError } from '#lib/protocol/errors.ts'
import type { Control } from './control.ts'
import type { ExchangeSettings } from './exchange-settings.ts'
import type { ExchangeKind } from './management.ts'
import { isReply, REPLY } from './reasons.ts'

/** Single steps on one exchange, and what is said about them. */

/** Where a message goes that no binding of an exchange takes: an exchange and a queue of that name. */
export const unroutedOf = (address: string): string => `${address}.unrouted`

/** A passive declaration, on a throw-away channel: it closes it when there is no such exchange. */
export async function exchangeExists(control: Control, name: string): Promise<boolean> {
  try {
    await control.withChannel((channel) => channel.checkExchange(name))
    return true
  } catch (error) {
    if (isReply(error, REPLY.NOT_FOUND)) return false
    throw error
  }
}

/** `was`: how it had been before it was gone, so that the program that made it finds what it expects. */
export async function declareExchange(
  control: Control,
  name: string,
  asked: ExchangeSettings,
  was: ExchangeKind | null = null,
): Promise<void> {
  const alternate = asked.alternateExchange ? { alternateExchange: unroutedOf(name) } : {}
  await control.withChannel((channel) =>
    was
      ? channel.assertExchange(name, was.type, {
          durable: was.durable,
          autoDelete: was.auto_delete,
          internal: was.internal,
          arguments: was.arguments,
        })
      : channel.assertExchange(name, asked.exchange, { durable: asked.durable, ...alternate }),
  )
}

/** What was found of an exchange, or else the little that is known of one. */
export function exchangeTraits(found: ExchangeKind | null, durable: boolean | null): string[] {
  const isDurable = found?.durable ?? durable
  const traits = isDurable === null ? [] : [isDurable ? 'durable' : 'not durable']
  if (!found) return traits
  traits.push(found.type)
  if (found.auto_delete) traits.push('auto-delete')
  if (found.internal) traits.push('internal')
  for (const [name, value] of Object.entries(found.arguments)) traits.push(`${name} ${String(value)}`)
  return traits
}

export const missingExchange = (name: string): AppError =>
  new AppError('broker-refused', `RabbitMQ has no exchange "${name}"`, {
    detail: { reason: `there is no exchange "${name}"`, replyCode: REPLY.NOT_FOUND },
  })

export const exchangeGoneText = (name: string, restarted: boolean): string =>
  restarted
    ? `The exchange "${name}" was gone when RabbitMQ was back, and so were its bindings. It was declared anew.`
    : `The exchange "${name}" was deleted, and so were its bindings. It was declared anew, and its subscribers bind again.`

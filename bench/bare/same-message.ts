/**
 * What rides beside a body in the dashboard's messages rides beside the bare client's too, a UUID and all: both send the
 * same message, so that the ratio is what the dashboard costs, and not what headers cost a client library.
 */
export const EVENT = {
  id: '018f6f2e-7f6b-7c3a-9b1e-5d2c8a4f0e11',
  source: 'switchboard-bench',
  type: 'switchboard.chat.message',
  specversion: '1.0',
} as const
export const CONTENT_TYPE = 'text/plain; charset=utf-8'

/** The attributes under the prefix that a protocol's binding gives them. */
export const eventHeaders = (prefix: string): Record<string, string> =>
  Object.fromEntries(Object.entries(EVENT).map(([name, value]) => [`${prefix}${name}`, value]))

/** AMQP's basic properties; RabbitMQ says what reached no queue. */
export const PROPERTIES = {
  mandatory: true,
  messageId: EVENT.id,
  timestamp: 1_767_225_600,
  contentType: CONTENT_TYPE,
  deliveryMode: 1,
  headers: eventHeaders('cloudEvents_'),
}

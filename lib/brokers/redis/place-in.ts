import type { Delivery } from '#lib/brokers/contract.ts'

/** Where a subscriber of `address` was handed a message: on which channel, by which pattern, and so with which key. */
export function placeIn(
  address: string,
  channel: string,
  pattern: string | null,
): Pick<Delivery, 'address' | 'key'> {
  if (pattern === null) return { address: { kind: 'channel', channel } }
  const place = { address: { kind: 'channel', channel, pattern } } as const
  return channel.startsWith(`${address}.`) ? { ...place, key: channel.slice(address.length + 1) } : place
}

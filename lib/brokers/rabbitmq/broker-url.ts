/** RabbitMQ's guide recommends 5 to 20 s: below that a busy machine looks dead (rabbitmq.com/docs/heartbeats). */
const HEARTBEAT_S = 10
const MANAGEMENT_PORT = 15_672

/** One broker's URLs, parsed once. */
export interface BrokerUrls {
  /** The broker's URL with a heartbeat, unless it already asks for one. */
  connectUrl: string
  /** The virtual host's name; `/` is the default one. */
  vhost: string
  management: { origin: string; secure: boolean; authorization: string }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch (error) {
    if (error instanceof URIError) return part
    throw error
  }
}

/** Without `managementUrl`: the broker's host and credentials, port 15672. Throws TypeError for what is no URL. */
export function parseBrokerUrls(url: string, managementUrl?: string): BrokerUrls {
  const broker = new URL(url)
  const vhost = decoded(broker.pathname.replace(/^\//, '')) || '/'
  const management = new URL(managementUrl ?? `http://${broker.hostname}:${MANAGEMENT_PORT}`)
  const user = decoded(management.username || broker.username) || 'guest'
  const password = decoded(management.password || broker.password) || 'guest'
  if (!broker.searchParams.has('heartbeat')) broker.searchParams.set('heartbeat', String(HEARTBEAT_S))
  return {
    connectUrl: broker.toString(),
    vhost,
    management: {
      origin: `${management.origin}${management.pathname.replace(/\/$/, '')}`,
      secure: management.protocol === 'https:',
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
    },
  }
}

import http from 'node:http'
import https from 'node:https'
import * as z from 'zod'
import { shareNextRun } from '#lib/util/share-next-run.ts'
import type { DriverLog } from '../contract.ts'
import { wordsOf } from '../kit/failures.ts'
import type { BrokerUrls } from './broker-urls.ts'

/** On the broker's own machine it answers in 2 ms; facts do not wait for longer than this. */
const REQUEST_TIMEOUT_MS = 1_000
/** After a failure nothing is requested for this long: a missing plugin must not slow every reading of facts. */
const PAUSE_AFTER_FAILURE_MS = 5_000
const ANSWER_MAX_BYTES = 8 * 1024 * 1024

export type DestinationKind = 'queue' | 'exchange'

/** A queue or exchange as declared. `type`: classic, quorum, stream; fanout, topic, direct, headers. */
const destinationSchema = z.object({
  type: z.string(),
  durable: z.boolean(),
  exclusive: z.boolean().catch(false),
  auto_delete: z.boolean().catch(false),
  internal: z.boolean().catch(false),
  /** The name of the node that a queue lives on. */
  node: z.string().catch(''),
  arguments: z.record(z.string(), z.unknown()).catch({}),
  /** What an administrator's policies add to the arguments, by the arguments' names without `x-`. */
  effective_policy_definition: z.record(z.string(), z.unknown()).catch({}),
})
export type FoundDestination = z.infer<typeof destinationSchema>

/** One page of a list, which the broker sorts by name. */
const pageSchema = z.object({
  filtered_count: z.number(),
  items: z.array(z.object({ name: z.string(), ...destinationSchema.shape })),
})
export type DestinationPage = z.infer<typeof pageSchema>

const bindingSchema = z.object({
  destination: z.string(),
  destination_type: z.string(),
  routing_key: z.string(),
  arguments: z.record(z.string(), z.unknown()).catch({}),
})
export type FoundBinding = z.infer<typeof bindingSchema>

const totalsSchema = z.object({
  name: z.string(),
  durable: z.boolean(),
  /** classic, quorum, stream. */
  type: z.string().optional(),
  messages_ready: z.number().optional(),
  messages_unacknowledged: z.number().optional(),
})
export type QueueTotals = z.infer<typeof totalsSchema>
const nodesSchema = z.array(z.object({ name: z.string(), uptime: z.number().optional() }))
const alarmsSchema = z.array(
  z.object({
    name: z.string(),
    mem_alarm: z.boolean().optional(),
    disk_free_alarm: z.boolean().optional(),
  }),
)

/** Of a broker that is reached by TLS: says where its facts are asked for, and warns where the password goes there in the clear. */
export function reportTransport({ amqp, management: { origin, secure } }: BrokerUrls, log: DriverLog): void {
  if (amqp.tls === undefined) return
  if (secure) {
    const words =
      "RabbitMQ's management API is asked by TLS, too; RABBITMQ_MANAGEMENT_URL says where it is elsewhere"
    log.info({ code: 'management-at', origin }, words)
  } else {
    const words = 'RabbitMQ is reached by TLS, but RABBITMQ_MANAGEMENT_URL sends its password in the clear'
    log.warn({ code: 'management-in-clear', origin }, words)
  }
}

/** A status that is about who asks, or about the API itself, and not about the thing asked for. */
const isRefusal = (status: number): boolean => status === 401 || status === 403 || status >= 500

/**
 * The management plugin's HTTP API, for what AMQP itself can't answer. Whatever it can't answer either (no plugin, no
 * permission, too slow) is null: the caller then knows less, and says so. Its owner ends its sockets with `close`.
 */
export class Management {
  readonly #api: BrokerUrls['management']
  readonly #vhost: string
  readonly #log: DriverLog
  readonly #transport: typeof http | typeof https
  readonly #agent: http.Agent
  readonly #reportedUptime = new Set<string>()
  readonly #listTotals = shareNextRun(() => this.#readTotals())
  #quietUntil = 0
  #isAway = false

  constructor({ management, amqp }: BrokerUrls, log: DriverLog) {
    const { secure, ca } = management
    this.#api = management
    this.#vhost = encodeURIComponent(amqp.vhost)
    this.#log = log
    this.#transport = secure ? https : http
    const sockets = { keepAlive: true, maxSockets: 2 }
    this.#agent = secure ? new https.Agent({ ...sockets, ...(ca && { ca }) }) : new http.Agent(sockets)
  }

  /** How a queue or an exchange was declared. */
  destination(kind: DestinationKind, name: string): Promise<FoundDestination | null> {
    // With `disable_stats` the broker leaves out what policies say.
    const columns = Object.keys(destinationSchema.shape).join()
    const path = `/api/${kind}s/${this.#vhost}/${encodeURIComponent(name)}?columns=${columns}`
    return this.#get(path, destinationSchema)
  }

  /** The first queues or exchanges of the virtual host. */
  list(kind: DestinationKind, count: number): Promise<DestinationPage | null> {
    const what = 'columns=name,type,durable,exclusive,auto_delete,internal'
    const path = `/api/${kind}s/${this.#vhost}?page=1&page_size=${count}&disable_stats=true&${what}`
    return this.#get(path, pageSchema)
  }

  /** What is bound to an exchange now, by any program. */
  bindings(exchange: string): Promise<FoundBinding[] | null> {
    const path = `/api/exchanges/${this.#vhost}/${encodeURIComponent(exchange)}/bindings/source`
    return this.#get(path, z.array(bindingSchema))
  }

  /**
   * Counts as they are now. Only the list of a virtual host with `disable_stats` and `enable_queue_totals` is fresh (a
   * single queue's counts are statistics, up to 5 s old), so simultaneous calls share one list.
   */
  async totals(name: string): Promise<QueueTotals | null> {
    return (await this.#listTotals())?.get(name) ?? null
  }

  /**
   * Whether a node has started within the last `ms`. For some 5 s after its start a node reports no uptime: one that
   * reported it before and doesn't now has just started. False when it can't be known.
   */
  async startedWithin(node: string, ms: number): Promise<boolean> {
    const nodes = await this.#get('/api/nodes?columns=name,uptime', nodesSchema)
    const found = nodes?.find(({ name }) => name === node)
    if (!found) return false
    if (found.uptime === undefined) return this.#reportedUptime.has(node)
    this.#reportedUptime.add(node)
    return found.uptime < ms
  }

  /** Which resource of which node is too low for messages to be taken; null where none is, undefined while it can't be known. */
  async alarm(): Promise<string | null | undefined> {
    const nodes = await this.#get('/api/nodes?columns=name,mem_alarm,disk_free_alarm', alarmsSchema)
    if (nodes === null) return undefined
    for (const { name, mem_alarm: memory, disk_free_alarm: disk } of nodes) {
      if (memory || disk) return `${memory ? 'low on memory' : 'low on disk space'} (${name})`
    }
    return null
  }

  close(): void {
    this.#agent.destroy()
  }

  async #readTotals(): Promise<Map<string, QueueTotals> | null> {
    const path = `/api/queues/${this.#vhost}?disable_stats=true&enable_queue_totals=true&columns=name,durable,type,messages_ready,messages_unacknowledged`
    const list = await this.#get(path, z.array(totalsSchema))
    return list && new Map(list.map((totals) => [totals.name, totals]))
  }

  async #get<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
    if (performance.now() < this.#quietUntil) return null
    try {
      const { status, body } = await this.#request(path)
      this.#logOutage(isRefusal(status) ? `it answered ${status}` : null)
      return status === 200 ? schema.parse(JSON.parse(body)) : null
    } catch (error) {
      this.#logOutage(wordsOf(error))
      this.#quietUntil = performance.now() + PAUSE_AFTER_FAILURE_MS
      return null
    }
  }

  async #request(path: string): Promise<{ status: number; body: string }> {
    const { origin, authorization } = this.#api
    const options = { agent: this.#agent, headers: { authorization }, timeout: REQUEST_TIMEOUT_MS }
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const asked = this.#transport.get(`${origin}${path}`, options, resolve)
      asked.on('error', reject)
      asked.on('timeout', () => asked.destroy(new Error(`no answer within ${REQUEST_TIMEOUT_MS} ms`)))
    })
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of answer) {
      bytes += chunk.length
      if (bytes > ANSWER_MAX_BYTES) throw new Error('its answer is too long')
      chunks.push(chunk)
    }
    return { status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }
  }

  /** Logs once that the API is away, and once that it is back: it is asked several times a second. */
  #logOutage(reason: string | null): void {
    if (this.#isAway === (reason !== null)) return
    this.#isAway = reason !== null
    if (reason === null) {
      this.#log.info({ code: 'management-back' }, "RabbitMQ's management API answers again")
    } else {
      const { origin } = this.#api
      const words = 'RabbitMQ shows less without its management API; RABBITMQ_MANAGEMENT_URL says where it is'
      this.#log.warn({ code: 'management-away', origin, reason }, words)
    }
  }
}

import http from 'node:http'
import https from 'node:https'
import { z } from 'zod'
import type { DriverLog } from '../contract.ts'
import { wordsOf } from '../kit/failures.ts'
import type { BrokerUrls } from './connection.ts'
import { failures } from './failures.ts'

/** On the broker's own machine it answers in 2 ms; facts do not wait for longer than this. */
const REQUEST_TIMEOUT_MS = 1_000
/** After a failure nothing is requested for this long: a missing plugin must not slow every reading of facts. */
const PAUSE_AFTER_FAILURE_MS = 5_000
const ANSWER_MAX_BYTES = 8 * 1024 * 1024

/** A queue as declared. `type`: classic, quorum or stream. */
const queueSchema = z.object({
  durable: z.boolean(),
  exclusive: z.boolean().catch(false),
  auto_delete: z.boolean().catch(false),
  type: z.string(),
  /** The name of the node that it lives on. */
  node: z.string().catch(''),
  arguments: z.record(z.string(), z.unknown()).catch({}),
})
export type FoundQueue = z.infer<typeof queueSchema>

const exchangeSchema = z.object({
  type: z.string(),
  durable: z.boolean(),
  auto_delete: z.boolean().catch(false),
  internal: z.boolean().catch(false),
  arguments: z.record(z.string(), z.unknown()).catch({}),
})
export type FoundExchange = z.infer<typeof exchangeSchema>

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
  messages_ready: z.number().optional(),
  messages_unacknowledged: z.number().optional(),
})
export type QueueTotals = z.infer<typeof totalsSchema>
const nodesSchema = z.array(z.object({ name: z.string(), uptime: z.number().optional() }))

/**
 * The management plugin's HTTP API, for what AMQP itself can't answer. Whatever it can't answer either (no plugin, no
 * permission, too slow) is null: the caller then knows less, and says so.
 */
export interface Management {
  /** How a queue was declared. */
  queue(name: string): Promise<FoundQueue | null>
  /** How an exchange was declared. */
  exchange(name: string): Promise<FoundExchange | null>
  /** What is bound to an exchange now, by any program. */
  bindings(exchange: string): Promise<FoundBinding[] | null>
  /**
   * Counts as they are now. Only the list of a virtual host with `disable_stats` and `enable_queue_totals` is fresh (a
   * single queue's counts are statistics, up to 5 s old), so simultaneous calls share one list.
   */
  totals(name: string): Promise<QueueTotals | null>
  /**
   * Whether a node has started within the last `ms`. For some 5 s after its start a node reports no uptime: one that
   * reported it before and doesn't now has just started. False when it can't be known.
   */
  startedWithin(node: string, ms: number): Promise<boolean>
  /** Ends its sockets. */
  close(): void
}

/** A status that is about who asks, or about the API itself, and not about the thing asked for. */
const isRefusal = (status: number): boolean => status === 401 || status === 403 || status >= 500

/** Logs once that the API is away, and once that it is back: it is asked several times a second. */
function createOutage(log: DriverLog) {
  let isAway = false
  return {
    away: (reason: string) => {
      if (!isAway)
        log.warn({ code: 'management-away', reason }, 'RabbitMQ tells less without its management API')
      isAway = true
    },
    back: () => {
      if (isAway) log.info({ code: 'management-back' }, "RabbitMQ's management API answers again")
      isAway = false
    },
  }
}

export function createManagement(urls: BrokerUrls, log: DriverLog): Management {
  const transport = urls.management.secure ? https : http
  const agent = new transport.Agent({ keepAlive: true, maxSockets: 2 })
  const vhost = encodeURIComponent(urls.vhost)
  const reportedUptime = new Set<string>()
  const outage = createOutage(log)
  let quietUntil = 0

  const get = async <T>(path: string, schema: z.ZodType<T>): Promise<T | null> => {
    if (Date.now() < quietUntil) return null
    try {
      const answer = await request(transport, agent, urls.management, path)
      if (isRefusal(answer.status)) outage.away(`it answered ${answer.status}`)
      else outage.back()
      return answer.status === 200 ? schema.parse(JSON.parse(answer.body)) : null
    } catch (error) {
      outage.away(wordsOf(error))
      quietUntil = Date.now() + PAUSE_AFTER_FAILURE_MS
      return null
    }
  }
  const listTotals = shareNext(async () => {
    const path = `/api/queues/${vhost}?disable_stats=true&enable_queue_totals=true&columns=name,durable,messages_ready,messages_unacknowledged`
    const list = await get(path, z.array(totalsSchema))
    return list && new Map(list.map((totals) => [totals.name, totals]))
  })
  return {
    queue: (name) => get(`/api/queues/${vhost}/${encodeURIComponent(name)}?disable_stats=true`, queueSchema),
    exchange: (name) =>
      get(`/api/exchanges/${vhost}/${encodeURIComponent(name)}?disable_stats=true`, exchangeSchema),
    bindings: (name) =>
      get(`/api/exchanges/${vhost}/${encodeURIComponent(name)}/bindings/source`, z.array(bindingSchema)),
    totals: async (name) => (await listTotals())?.get(name) ?? null,
    startedWithin: async (node, ms) => {
      const nodes = await get('/api/nodes?columns=name,uptime', nodesSchema)
      const found = nodes?.find(({ name }) => name === node)
      if (!found) return false
      if (found.uptime === undefined) return reportedUptime.has(node)
      reportedUptime.add(node)
      return found.uptime < ms
    },
    close: () => agent.destroy(),
  }
}

/**
 * Runs `work` once for all callers before it starts. Who calls while it runs gets the result of the next run, which is
 * not older than the call.
 */
function shareNext<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> = Promise.resolve()
  let next: Promise<T> | null = null
  return () => {
    next ??= running.then(() => {
      next = null
      const run = work()
      // The callers get its failure from `run` itself; here only its end counts.
      running = run.catch(() => undefined)
      return run
    })
    return next
  }
}

function request(
  transport: typeof http | typeof https,
  agent: http.Agent | https.Agent,
  { origin, authorization }: BrokerUrls['management'],
  path: string,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) =>
      reject(failures.brokerDown(`its management API: ${wordsOf(error)}`, error))
    const asked = transport.get(
      `${origin}${path}`,
      { agent, headers: { authorization }, timeout: REQUEST_TIMEOUT_MS },
      (answer) => {
        const chunks: Buffer[] = []
        let bytes = 0
        answer.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          if (bytes > ANSWER_MAX_BYTES) asked.destroy(new Error('its answer is too long'))
          else chunks.push(chunk)
        })
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        )
        answer.on('error', fail)
      },
    )
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${REQUEST_TIMEOUT_MS} ms`)))
    asked.on('error', fail)
  })
}

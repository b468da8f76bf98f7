import { AppError } from '#lib/protocol/errors.ts'
import type { Mode } from '#lib/protocol/names.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { Declared, DestinationSpec } from '../contract.ts'
import { exchangeExists, missingExchange } from './exchange.ts'
import type { Found, Kept, KeptTools, Occasion } from './kept.ts'
import { createKeptExchange } from './kept-exchange.ts'
import { createKeptQueue } from './kept-queue.ts'
import { deadLettersOf, planQueue, planStream } from './plan.ts'
import { missing, queueExists } from './queue.ts'
import { wordsOf } from './reasons.ts'
import { createTurns } from './turns.ts'

/**
 * The destinations this driver looks after, as data. What was declared is made sure of again after any loss; when one
 * was gone, that is told, because what waited in it is gone too.
 */
export interface Topology {
  declare(spec: DestinationSpec): Promise<Declared>
  remove(address: string, options?: { keep?: boolean }): Promise<void>
  /** Declares it anew when it is gone. Throws AppError `broker-refused` for a missing one that was not declared here. */
  ensure(address: string, mode: Mode, occasion: Occasion): Promise<Found>
  /** Does so for the queue of its dead letters. */
  ensureDeadLetters(address: string): Promise<Found>
  /** Does so for all of them after the connection was lost; what the broker refuses is reported. */
  ensureAll(lostAt: number): Promise<void>
  /** Does so for the exchanges, one of which a publish did not find. Never throws. */
  ensureExchanges(): Promise<void>
  /** Undefined for one that was not declared here. */
  of(address: string): Kept | undefined
}

export function createTopology(tools: KeptTools): Topology {
  const { control, report, log } = tools
  const known = new Map<string, Kept>()
  const turns = createTurns()

  const declare = async (spec: DestinationSpec): Promise<Declared> => {
    const before = known.get(spec.address)
    const kept = before?.spec.mode === spec.mode ? before : createKept(tools, spec)
    const declared = await kept.declare(spec)
    known.set(spec.address, kept)
    return declared
  }
  const ensure = async (address: string, mode: Mode, occasion: Occasion): Promise<Found> => {
    const kept = known.get(address)
    if (kept) return kept.ensure(occasion)
    const isExchange = mode === 'fanout'
    const isThere = isExchange ? await exchangeExists(control, address) : await queueExists(control, address)
    if (!isThere) throw isExchange ? missingExchange(address) : missing(address)
    return { generation: null, kind: null }
  }
  const ensureOf = async (kept: Kept, occasion: Occasion): Promise<void> => {
    try {
      await turns(kept.spec.address, () => kept.ensure(occasion))
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'broker-refused') throw error
      report.refused(kept.spec.address, error)
    }
  }
  return {
    declare: (spec) => turns(spec.address, () => declare(spec)),
    ensure: (address, mode, occasion) => turns(address, () => ensure(address, mode, occasion)),
    ensureDeadLetters: (address) =>
      turns(address, async () => {
        const helper = known.get(address)?.helper
        if (helper) await helper.ensure()
        else if (!(await queueExists(control, deadLettersOf(address)))) throw noDeadLetters(address)
        return { generation: helper?.generation ?? null, kind: 'classic' }
      }),
    ensureAll: async (since) => {
      for (const kept of known.values()) await ensureOf(kept, { was: 'connection-lost', since })
    },
    ensureExchanges: async () => {
      for (const kept of known.values()) {
        if (!kept.isExchange) continue
        // Whatever stands in the way now, the next reading of its facts or the next connection tries again.
        await ensureOf(kept, { was: 'deleted' }).catch((error: unknown) =>
          log.debug(
            { code: 'exchange-not-ensured', exchange: kept.spec.address, reason: wordsOf(error) },
            'an exchange was not looked after yet',
          ),
        )
      }
    },
    remove: (address, { keep = false } = {}) =>
      turns(address, async () => {
        const kept = known.get(address)
        known.delete(address)
        await kept?.remove(keep)
      }),
    of: (address) => known.get(address),
  }
}

function createKept(tools: KeptTools, spec: DestinationSpec): Kept {
  switch (spec.mode) {
    case 'queue':
      return createKeptQueue(tools, spec, planQueue)
    case 'fanout':
      return createKeptExchange(tools, spec)
    case 'log':
      return createKeptQueue(tools, spec, planStream)
    default:
      return unreachable(spec.mode)
  }
}

const noDeadLetters = (address: string): AppError => {
  const { detail } = missing(deadLettersOf(address))
  const reason = `"${address}" keeps no dead letters: there is no queue "${deadLettersOf(address)}"`
  return new AppError('broker-refused', `RabbitMQ refused: ${reason}`, { detail: { ...detail, reason } })
}

import type { Declared, DestinationSpec } from '../contract.ts'
import { declareExchange, exchangeExists, exchangeGoneText, exchangeTraits, unroutedOf } from './exchange.ts'
import { exchangeSettings } from './exchange-settings.ts'
import { createHelper, type Helper } from './helper.ts'
import type { Kept, KeptTools, Occasion } from './kept.ts'
import type { ExchangeKind } from './management.ts'
import { parsed } from './settings.ts'

interface ExchangeState {
  spec: DestinationSpec
  helper: Helper | null
  /** One more each time it was gone, with all its bindings. */
  generation: number
  durable: boolean | null
  kind: ExchangeKind | null
}

const NOWHERE = { deadLetters: null, deliveryLimit: null }

/** An exchange: it keeps nothing, and its consumers bind queues of their own to it. */
export function createKeptExchange(tools: KeptTools, first: DestinationSpec): Kept {
  const exchange: ExchangeState = { spec: first, helper: null, generation: 0, durable: null, kind: null }
  const asked = () => parsed(exchangeSettings, exchange.spec.settings, 'exchange')
  return {
    isExchange: true,
    get exchangeType() {
      return exchange.kind?.type ?? asked().exchange
    },
    queueType: null,
    fate: NOWHERE,
    get spec() {
      return exchange.spec
    },
    get durable() {
      return exchange.durable
    },
    get helper() {
      return exchange.helper
    },
    declare: (spec) => {
      exchange.spec = spec
      return declare(tools, exchange)
    },
    ensure: async (occasion) => {
      await exchange.helper?.ensure()
      await ensure(tools, exchange, occasion)
      return { generation: exchange.generation, kind: null }
    },
    remove: async (keep) => {
      const { spec, helper } = exchange
      if (spec.owned && !keep) {
        await tools.control.withChannel((channel) => channel.deleteExchange(spec.address))
      }
      await helper?.remove(keep || !spec.owned)
      tools.report.unbound(spec.address, `the exchange "${spec.address}" was removed`)
    },
  }
}

/** One that isn't ours is used as it is; our own must be what was asked for, and the broker compares. */
async function declare(tools: KeptTools, exchange: ExchangeState): Promise<Declared> {
  const { control } = tools
  const { address, owned, settings } = exchange.spec
  const asked = parsed(exchangeSettings, settings, 'exchange')
  const existed = await exchangeExists(control, address)
  if (owned || !existed) {
    const helper = asked.alternateExchange ? createHelper(control, unroutedOf(address)) : null
    try {
      await helper?.ensure()
      await declareExchange(control, address, asked)
    } catch (error) {
      if (exchange.helper === null) await helper?.remove(true)
      throw error
    }
    exchange.helper ??= helper
    exchange.durable = asked.durable
  }
  await learn(tools, exchange)
  return { traits: exchangeTraits(exchange.kind, exchange.durable), existed }
}

async function learn({ management }: KeptTools, exchange: ExchangeState): Promise<void> {
  const found = await management.exchange(exchange.spec.address)
  if (!found) return
  exchange.kind = found
  exchange.durable = found.durable
}

async function ensure(tools: KeptTools, exchange: ExchangeState, occasion: Occasion): Promise<void> {
  const { control, report } = tools
  const { address, settings } = exchange.spec
  if (await exchangeExists(control, address)) return
  await declareExchange(control, address, parsed(exchangeSettings, settings, 'exchange'), exchange.kind)
  exchange.generation += 1
  const text = exchangeGoneText(address, occasion.was === 'connection-lost')
  report.lost(address, 'exchange-lost', text)
  report.unbound(address, text)
}

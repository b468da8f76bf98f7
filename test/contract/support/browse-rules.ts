import { expect, it } from 'vitest'
import type { BrowsedMessage } from '#lib/brokers/contract.ts'
import type { ContractBench } from './contract-bench.ts'

const MAX_BYTES = 64 * 1024
const textsOf = (messages: readonly BrowsedMessage[]) =>
  messages.map(({ body }) => Buffer.from(body).toString())

export function registerBrowseRules(bench: ContractBench): void {
  const { can, mode } = bench
  const browse = (address: string, from: string, limit: number, maxBytes = MAX_BYTES) =>
    bench.driver().browse(address, { from, limit, maxBytes })
  const declareWith = async (...texts: string[]) => {
    const address = await bench.declare()
    for (const text of texts) {
      await bench.publish(address, { text, ...(can.key === 'partition-key' ? { key: 'one' } : {}) })
    }
    return address
  }

  it.runIf(can.browse)('what is kept is shown in pages, the oldest first, from either end', async () => {
    const address = await declareWith('a', 'b', 'c', 'd', 'e')
    const first = await browse(address, 'oldest', 2)
    expect(textsOf(first.messages)).toEqual(['a', 'b'])
    expect(first.older).toBeNull()
    const second = await browse(address, first.newer ?? '', 2)
    expect(textsOf(second.messages)).toEqual(['c', 'd'])
    const third = await browse(address, second.newer ?? '', 2)
    expect(textsOf(third.messages)).toEqual(['e'])
    expect(third.newer).toBeNull()
    const last = await browse(address, 'newest', 2)
    expect(textsOf(last.messages)).toEqual(['d', 'e'])
    expect(last.newer).toBeNull()
    const before = await browse(address, last.older ?? '', 3)
    expect(textsOf(before.messages)).toEqual(['a', 'b', 'c'])
    expect(before.older).toBeNull()
    expect(textsOf((await browse(address, before.newer ?? '', 9)).messages)).toEqual(['d', 'e'])
  })

  it.runIf(can.browse)('a page ends where its bytes do, and holds one message at least', async () => {
    const address = await declareWith('x'.repeat(600), 'y'.repeat(600), 'z'.repeat(600))
    const page = await browse(address, 'oldest', 9, 500)
    expect(textsOf(page.messages)).toEqual(['x'.repeat(600)])
    const rest = await browse(address, page.newer ?? '', 9)
    expect(textsOf(rest.messages)).toEqual(['y'.repeat(600), 'z'.repeat(600)])
    expect(textsOf((await browse(address, 'newest', 9, 500)).messages)).toEqual(['z'.repeat(600)])
  })

  it.runIf(can.browse)(
    'where nothing is kept, the page is empty; a position of another kind is refused',
    async () => {
      const address = await bench.declare()
      expect(await browse(address, 'newest', 9)).toEqual({ messages: [], older: null, newer: null })
      await bench.publish(address, 'one')
      await expect(browse(address, 'after:,', 9)).rejects.toMatchObject({ code: 'invalid' })
    },
  )

  it.runIf(!can.browse)('what is kept cannot be looked at, and the manifest says why', async () => {
    const address = await declareWith('a')
    await expect(browse(address, 'oldest', 2)).rejects.toMatchObject({ code: 'not-capable' })
    expect(mode.lacks.browse).toMatch(/\w+\.$/)
  })
}

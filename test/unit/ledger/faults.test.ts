import { expect, test } from 'vitest'
import { createLedger } from '#lib/ledger/ledger.ts'
import { CHANNEL, fault, numbered, QUEUE } from './event-maker.ts'

test('a fault that repeats is kept once, with its latest count, and others of that place stay', () => {
  const ledger = createLedger()
  const worker = { consumer: 'worker-1' }
  const other = fault(QUEUE, { code: 'commit-failed' })
  ledger.applyAll(
    numbered([
      fault(QUEUE, worker),
      other,
      fault(CHANNEL, worker),
      fault(QUEUE, { ...worker, count: 10 }),
      fault(QUEUE, { ...worker, count: 30 }),
    ]),
  )
  expect(ledger.faults.map(({ system, code, count }) => [system, code, count])).toEqual([
    ['rabbitmq', 'commit-failed', undefined],
    ['redis', 'broker-refused', undefined],
    ['rabbitmq', 'broker-refused', 30],
  ])
})

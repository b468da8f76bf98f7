import { describe, expect, test } from 'vitest'
import { createLedger } from '#lib/ledger/ledger.ts'
import { csvCell, messagesCsv, messagesJson } from '#lib/recording/messages-file.ts'
import { AT, CHANNEL, delivered, destination, numbered, published, QUEUE } from '../ledger/event-maker.ts'

const ledger = createLedger()
ledger.applyAll(
  numbered([
    destination(QUEUE),
    published(QUEUE, 'message-1', { number: 1, text: '=HYPERLINK("http://x")', sender: '+Eve', sentAt: AT }),
    delivered(QUEUE, 'message-1', 'worker-1', 1),
    delivered(CHANNEL, 'message-1', 'subscriber-1', 1),
  ]),
)
const message = ledger.message('message-1')
const messages = message ? [message] : []

describe('a file for a spreadsheet', () => {
  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '  =1'])(
    'never begins a formula: %j',
    (text) => {
      expect(csvCell(text).replace(/^"/, '')).toMatch(/^'/)
    },
  )

  test('quotes what would break a row', () => {
    expect(csvCell('a,b')).toBe('"a,b"')
    expect(csvCell('say "hi"\nnow')).toBe('"say ""hi""\nnow"')
    expect(csvCell('plain')).toBe('plain')
  })

  test('has a row for each system that a message went to, with who had it', () => {
    const rows = messagesCsv(messages).trimEnd().split('\r\n')
    expect(rows[0]).toBe(
      'number,id,sentAt,sender,text,key,outside,system,destination,receipt,receiptMs,deliveries',
    )
    expect(rows).toHaveLength(3)
    expect(rows[1]).toContain(`'+Eve,"'=HYPERLINK(""http://x"")"`)
    expect(rows[1]).toMatch(/rabbitmq,mailbox,published,1,worker-1 in-hand 2 ms$/)
  })
})

test('a file for a program holds the same, as it was written', () => {
  expect(JSON.parse(messagesJson(messages))).toMatchObject([
    { number: 1, text: '=HYPERLINK("http://x")', system: 'rabbitmq', deliveries: [{ consumer: 'worker-1' }] },
    { number: 1, system: 'redis' },
  ])
})

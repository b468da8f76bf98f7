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
    expect(csvCell('a;b')).toBe('"a;b"')
    expect(csvCell('a\tb')).toBe('"a\tb"')
    expect(csvCell('plain')).toBe('plain')
  })

  test('has a row for each system that a message went to, with who had it', () => {
    const file = messagesCsv(messages)
    expect(file.startsWith('\ufeffnumber,id,')).toBe(true)
    const rows = file.slice(1).trimEnd().split('\r\n')
    expect(rows[0]).toBe(
      'number,id,sentAt,sender,text,bytes,encoding,nullBody,omittedBytes,key,keyBytes,omittedKeyBytes,headers,fields,omittedFields,outside,bearsIdOf,system,destination,carried,receipt,receiptMs,deliveries',
    )
    expect(rows).toHaveLength(3)
    expect(rows[1]).toContain(`'+Eve,"'=HYPERLINK(""http://x"")"`)
    expect(rows[1]).toMatch(/rabbitmq,mailbox,,published,1,worker-1 in-hand 2 ms$/)
  })
})

test('a file for a program holds the same, as it was written', () => {
  expect(JSON.parse(messagesJson(messages))).toMatchObject([
    { number: 1, text: '=HYPERLINK("http://x")', system: 'rabbitmq', deliveries: [{ consumer: 'worker-1' }] },
    { number: 1, system: 'redis' },
  ])
})

test('both files hold all that an outside message is: its bytes, its cuts, its headers and fields', () => {
  const field = { in: 'properties', name: 'app_id', type: 'string', text: 'a;b', omittedBytes: 7 } as const
  const odd = {
    ...{ text: 'gzip, 3 bytes', bytes: 'H4sI', encoding: 'gzip' as const, omittedBytes: 9, omittedFields: 2 },
    ...{ key: 'k', keyBytes: '/w==', omittedKeyBytes: 1, headers: { a: 'b' }, fields: [field] },
    ...{ outside: true as const, bearsIdOf: 1 },
  } as const
  const other = createLedger()
  const event = delivered(QUEUE, 'odd', 'worker-1', 1, { number: 2, ...odd })
  other.applyAll(numbered([destination(QUEUE), event]))
  const found = other.message('odd')
  if (found === undefined) throw new Error('it is not held')
  expect(JSON.parse(messagesJson([found]))).toMatchObject([odd])
  const [, row] = messagesCsv([found]).split('\r\n')
  for (const part of ['H4sI', 'gzip', '/w==', '"{""a"":""b""}"', '""omittedBytes"":7'])
    expect(row).toContain(part)
})
